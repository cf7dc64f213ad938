import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { hasCode } from '../../errors.ts'
import { ConnectionError } from '../api-error.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'
import type { VmOfSocket } from './vm-of.ts'

/**
 * The data of an engine in a virtual machine is on the machine's disk, which is a file of this computer: `vm move` moves that.
 * @throws ExitError when containers run that nobody said may be stopped; with the exit code of `vm move`, which has said why
 */
export async function moveVm(session: Session, { home, name }: VmOfSocket, to: string, stopsContainers: boolean): Promise<void> {
  const running = stopsContainers ? [] : await runningContainers(session)
  if (running.length > 0) throw new ExitError(1, `containers are running: ${running.join(', ')}; stop them first, or move with --stop`)
  const program = fileURLToPath(new URL('../vm/main.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, 'move', '--name', name, '--', to], { stdio: 'inherit', env: { ...process.env, ENGINEROOM_HOME: home } })
  // Ctrl-C in a terminal is for both; it is theirs to answer.
  process.on('SIGINT', () => undefined)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new ExitError(code ?? 1)
}

/** None when the machine is off. */
async function runningContainers({ client }: Session): Promise<string[]> {
  try {
    const list = await client.json<readonly { readonly Names: readonly string[] }[]>('GET', '/containers/json')
    return list.map(({ Names: [name = ''] }) => name.slice(1))
  } catch (error) {
    if (error instanceof ConnectionError && hasCode(error.cause, 'ENOENT', 'ECONNREFUSED')) return []
    throw error
  }
}
