import { fileURLToPath } from 'node:url'
import type { TestDaemon } from './daemon.ts'
import { Session } from './session.ts'
import { until } from './until.ts'

const CLIENT = fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url))

/** Starts `engineroom tap` and waits until it listens. @param flags before and after the command's name */
export async function startTap(daemon: TestDaemon, flags: readonly string[], globalFlags: readonly string[] = []): Promise<Session> {
  const tap = new Session(daemon, process.execPath, ['--', CLIENT, ...globalFlags, 'tap', ...flags])
  await until('the tap to listen', () => tap.stderr.includes('Listening on ')).catch((error: unknown) => {
    throw new Error(`the tap says: ${tap.stderr}`, { cause: error })
  })
  return tap
}
