import { readFile, rm, writeFile } from 'node:fs/promises'
import { Check } from 'typebox/value'
import { codeOf } from '../../../errors.ts'
import { type Failure, FailureSchema } from '../vm-state.ts'

/** Kept for whoever asks after the supervisor has gone. */
export async function keepFailure(path: string, failure: Failure): Promise<void> {
  await writeFile(path, JSON.stringify(failure), { mode: 0o600 })
}

export async function forgetFailure(path: string): Promise<void> {
  await rm(path, { force: true })
}

export async function lastFailure(path: string): Promise<Failure | undefined> {
  try {
    const failure: unknown = JSON.parse(await readFile(path, 'utf8'))
    return Check(FailureSchema, failure) ? failure : undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined // A half-written one explains nothing.
    throw error
  }
}
