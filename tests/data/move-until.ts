import { resolveOptions } from '../../engine/daemon/config-file.ts'
import { moveStopped } from '../../engine/daemon/move-stopped.ts'
import { Log } from '../../engine/log.ts'

/**
 * `engineroom data move` that is killed when it comes to a stage (or to a stage and what follows in the line): a program of its own, so that it dies there and not a moment later.
 * Arguments: data root, exec root, target, stage; without a stage it goes on to its end.
 */
const [dataRoot = '', execRoot = '', target = '', stage = ''] = process.argv.slice(2)
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = (text: string) => {
  if (stage !== '' && text.includes(`"stage":"${stage}"`)) process.kill(process.pid, 'SIGKILL')
  return write(text)
}
await moveStopped(resolveOptions({ dataRoot, execRoot }), target, new Log('error'))
