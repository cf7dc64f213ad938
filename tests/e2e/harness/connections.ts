import { run } from '../../harness/run.ts'

/** How many connections a daemon has open on its unix socket. @see ss(8) */
export async function connectionsTo(socketPath: string): Promise<number> {
  const { stdout } = await run('ss', ['-xH', 'state', 'connected', 'src', `unix:${socketPath}`])
  return stdout.split('\n').filter((line) => line.includes(socketPath)).length
}
