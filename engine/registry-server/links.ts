import { type Digest, isDigest } from '../images/digest.ts'
import type { Storage } from './storage/storage.ts'

/** A link is a file that holds a digest. @returns undefined when there is none */
export async function readLink(storage: Storage, path: string): Promise<Digest | undefined> {
  const text = (await storage.readWhole(path))?.toString('utf8').trim()
  if (text === undefined) return undefined
  if (!isDigest(text)) throw new Error(`${path} holds no digest`)
  return text
}

export async function writeLink(storage: Storage, path: string, digest: Digest): Promise<void> {
  await storage.writeWhole(path, digest)
}

/** The digests that a folder has links of: `<folder>/<hex>/link`. */
export async function linkedDigests(storage: Storage, folder: string): Promise<Digest[]> {
  const entries = await storage.list(folder)
  const named = entries.map(({ name }) => `sha256:${name}`).filter(isDigest)
  const links = await Promise.all(named.map((digest) => storage.stat(`${folder}/${digest.slice('sha256:'.length)}/link`)))
  return named.filter((_, index) => links[index] !== undefined).sort()
}
