import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from 'typebox'
import { INCOMING } from '../build/build-caches.ts'
import { EngineError, hasCode } from '../errors.ts'
import { decodeJson } from '../json/json-body.ts'
import { bootId } from '../linux/boot-id.ts'

const Texts = Type.Record(Type.String(), Type.String())

const IndexSchema = Type.Object({
  tree: Type.String(),
  entries: Texts,
  digests: Texts,
  isWhole: Type.Boolean(),
  /** Nothing is flushed: after a power cut, files may lack bytes that their sizes promise. */
  boot: Type.String(),
})

/** What of a folder of a client's is here. */
export interface Index {
  /** The folder's name. */
  readonly tree: string
  /** Path → fingerprint of each entry. */
  readonly entries: ReadonlyMap<string, string>
  /** Path → digest of files, where somebody has asked. */
  readonly digests: ReadonlyMap<string, string>
  /** False while the tree is being changed, or when that was cut off: the entries are there then, but others may be, too. */
  readonly isWhole: boolean
}

export const NOTHING: Index = { tree: '', entries: new Map(), digests: new Map(), isWhole: false }

export const INDEX = 'index.json'

/** Without one, with one that was cut off, or with one of another run of the kernel, nothing is here. */
export async function readIndex(folder: string): Promise<Index> {
  try {
    const { tree, entries, digests, isWhole, boot } = decodeJson(IndexSchema, await readFile(join(folder, INDEX), 'utf8'))
    if (boot !== (await bootId())) return NOTHING
    return { tree, entries: new Map(Object.entries(entries)), digests: new Map(Object.entries(digests)), isWhole }
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof EngineError) return NOTHING
    throw error
  }
}

/** The one before counts until this one is there as a whole. */
export async function writeIndex(folder: string, { tree, entries, digests, isWhole }: Index): Promise<void> {
  const incoming = join(folder, `${INCOMING}${randomUUID()}`)
  const index = { tree, entries: Object.fromEntries(entries), digests: Object.fromEntries(digests), isWhole, boot: await bootId() }
  await writeFile(incoming, JSON.stringify(index))
  await rename(incoming, join(folder, INDEX))
}

/** Digests of files that are the same among other entries. */
export function stillTrue({ digests, entries }: Index, after: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...digests].filter(([path]) => after.get(path) === entries.get(path)))
}
