import { fileURLToPath } from 'node:url'
import { type Outcome, run } from '../../harness/run.ts'

const BUNDLE = fileURLToPath(new URL('../../../dist/engine/daemon.mjs', import.meta.url))

/** Starts a daemon that is expected to refuse, and to end by itself. */
export function startFailing(...flags: string[]): Promise<Outcome> {
  return run(process.execPath, [BUNDLE, ...flags], { timeoutMs: 20_000 })
}
