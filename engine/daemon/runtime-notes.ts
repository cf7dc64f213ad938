import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { EngineError, hasCode } from '../errors.ts'
import { decodeJson } from '../json/json-body.ts'
import { askRuntime, type RuntimeFeatures } from '../linux/runtime-features.ts'

/** By a runtime's path; `file` tells one program there from another. */
const Notes = Type.Record(Type.String(), Type.Object({ file: Type.String(), version: Type.String(), mountOptions: Type.Array(Type.String()) }))

/**
 * What runtimes say of themselves. An answer is kept with the file that gave it: to ask takes a tenth of a second, on an emulated
 * processor more than half of one.
 * @param notes where; what cannot be read as such is asked for again
 * @returns by path; of one that does not answer nothing is known, and it is asked again the next time
 */
export async function runtimeFeatures(paths: readonly string[], notes: string): Promise<ReadonlyMap<string, RuntimeFeatures>> {
  const known = readNotes(notes)
  const asked = await Promise.all(
    paths.map(async (path) => {
      const { ino, size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {}
      const file = `${ino} ${size} ${mtimeMs}`
      return [path, known[path]?.file === file ? known[path] : { file, ...(await askRuntime(path)) }] as const
    }),
  )
  const answered = asked.flatMap(([path, { version, ...note }]) => (version === undefined ? [] : [[path, { version, ...note }] as const]))
  if (answered.some(([path, { file }]) => file !== known[path]?.file)) {
    writeFileSync(`${notes}.new`, `${JSON.stringify(Object.fromEntries(answered))}\n`)
    renameSync(`${notes}.new`, notes)
  }
  return new Map(asked)
}

function readNotes(path: string): Static<typeof Notes> {
  try {
    return decodeJson(Notes, readFileSync(path, 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT') || (error instanceof EngineError && error.kind === 'invalid')) return {}
    throw error
  }
}
