import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Runs a script of ours in a process of its own, which messages go to and come from, of all kinds that threads may send each other. It
 * does not get the flags of this process, of which a snapshot may be one.
 */
export function forkScript(script: URL): ChildProcess {
  return fork(fileURLToPath(script), { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}
