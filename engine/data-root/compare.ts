import { createHash } from 'node:crypto'
import { readTar } from '../images/tar-reader.ts'
import { packTar } from '../linux/tar.ts'

/** A file as an archive has it: its name, and everything about it in one text. */
interface Seen {
  readonly path: string
  readonly facts: string
}

/**
 * Reads entries of two folders side by side, and compares all that a file has: kind, owner, mode, time, links, device, access lists,
 * extended attributes, and the SHA-256 of its content. Sockets are no files and left out.
 * @param onBytes called with the bytes of content that were compared so far
 * @throws Error that names the first file that differs
 */
export async function compareEntries(source: string, target: string, names: readonly string[], onBytes: (bytes: number) => void): Promise<void> {
  if (names.length === 0) return
  let bytes = 0
  const [ours, theirs] = [filesOf(source, names, (count) => onBytes((bytes += count))), filesOf(target, names, () => undefined)]
  for (;;) {
    const [one, other] = (await Promise.all([ours.next(), theirs.next()])).map(({ value }) => value)
    if (!one && !other) return
    if (one?.path !== other?.path) throw new Error(`the copy is not complete: ${one?.path ?? other?.path} is only in one of ${source} and ${target}`)
    if (one?.facts !== other?.facts) throw new Error(`the copy is not the same: ${one?.path} differs in ${source} and ${target}`)
  }
}

async function* filesOf(folder: string, names: readonly string[], onBytes: (count: number) => void): AsyncGenerator<Seen, undefined> {
  const archive = packTar(folder, names, ['--acls'])
  archive.done.catch(() => undefined) // Looked at below.
  for await (const { entry, content } of readTar(archive.stream)) {
    const hash = createHash('sha256')
    for await (const chunk of content()) {
      hash.update(chunk)
      onBytes(chunk.length)
    }
    // File systems list attributes in an order of their own.
    const records = [...entry.records].sort(([a], [b]) => (a < b ? -1 : 1))
    yield { path: entry.path, facts: JSON.stringify([entry.header.toString('latin1'), entry.linkPath, records, hash.digest('hex')]) }
  }
  await archive.done
}
