import { fileURLToPath } from 'node:url'
import { type Outcome, run } from '../../harness/run.ts'

const BUNDLE = fileURLToPath(new URL('../../../dist/engine/daemon.mjs', import.meta.url))

/** Starts a daemon that is expected to refuse, and to end by itself. */
export function startFailing(...flags: string[]): Promise<Outcome> {
  return startFailingUnder([], ...flags)
}

/** @param under what it is started by */
export function startFailingUnder(under: readonly string[], ...flags: string[]): Promise<Outcome> {
  const [program = '', ...args] = [...under, process.execPath, BUNDLE, ...flags]
  return run(program, args, { timeoutMs: 20_000 })
}
