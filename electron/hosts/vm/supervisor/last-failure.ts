import { rm, writeFile } from 'node:fs/promises'
import { readIfThere } from '../../../read-if-there.ts'
import { parseJson } from '../parse-json.ts'
import { type Failure, FailureSchema } from '../vm-state.ts'

/** Kept for whoever asks after the supervisor has gone. */
export async function keepFailure(path: string, failure: Failure): Promise<void> {
  await writeFile(path, JSON.stringify(failure), { mode: 0o600 })
}

export async function forgetFailure(path: string): Promise<void> {
  await rm(path, { force: true })
}

export async function lastFailure(path: string): Promise<Failure | undefined> {
  return parseJson(FailureSchema, (await readIfThere(path)) ?? '') // A half-written one explains nothing.
}
