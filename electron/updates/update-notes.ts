import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { codeOf } from '../errors.ts'
import { writeWhole } from '../write-whole.ts'

const UpdateNotesSchema = Type.Object({
  /** By which this computer has its turn in a release; it never leaves it. */
  installationId: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
  /** When the newest words were signed that were believed here, by the address that said them. */
  newestSignedAt: Type.Record(Type.String(), Type.String()),
  /** The last version that a person was told of. */
  toldOf: Type.String(),
})
export type UpdateNotes = Static<typeof UpdateNotesSchema>

/** What is remembered of updates: `updates.json`. One that cannot be read is begun anew. */
export function readUpdateNotes(path: string): UpdateNotes {
  const fresh = { installationId: randomUUID(), newestSignedAt: {}, toldOf: '' }
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Check(UpdateNotesSchema, value) ? value : fresh
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return fresh
    throw error
  }
}

export function writeUpdateNotes(path: string, notes: UpdateNotes): void {
  writeWhole(path, `${JSON.stringify(notes, undefined, 2)}\n`)
}
