import { messageOf } from '../../../errors.ts'
import { builderProgram, clientProgram } from '../programs.ts'
import { vmFolder } from '../vm-folder.ts'
import { EXIT_CODE_HELD } from './exit-code.ts'
import { supervise } from './supervise.ts'

/** `supervisor NAME`: a process of its own that owns one VM. Its output is the supervisor's log. */
const [name = ''] = process.argv.slice(2)
process.umask(0o077) // The disk, QEMU's sockets: all of it is for its owner alone.
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
process.on('SIGHUP', () => undefined) // The terminal that started it may close.
try {
  const isOurs = await supervise({ folder: vmFolder(name), client: clientProgram(), builder: builderProgram(), stop: stop.signal })
  process.exit(isOurs ? 0 : EXIT_CODE_HELD)
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exit(1)
}
