import { pipeline as join, type Readable, type Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TarEditor } from '../images/tar-editor.ts'
import type { PackedTar } from '../linux/tar.ts'

/** An archive of its own that is to become a part of one. */
export interface ArchivePart {
  pack(): Promise<PackedTar>
  /** Changes the archive on its way. */
  readonly edit?: Transform
}

/**
 * Writes archives, one after the other, as one. `output` is ended only when that is whole: a reader must not take a
 * part for it.
 * @throws Error when an archive cannot be made, or the reader went away; `output` is then destroyed
 */
export async function sendArchive(parts: readonly ArchivePart[], output: Writable): Promise<void> {
  await pipeline(bytesOf(parts), output)
}

async function* bytesOf(parts: readonly ArchivePart[]): AsyncGenerator<Buffer> {
  for (const [i, part] of parts.entries()) {
    const { stream, done } = await part.pack()
    done.catch(() => undefined) // Thrown below, once everything that did come has been passed on.
    const edits = [...(part.edit ? [part.edit] : []), ...(i < parts.length - 1 ? [withoutEnd()] : [])]
    yield* edits.reduce<Readable>((before, edit) => join(before, edit, () => undefined), stream)
    await done
  }
}

function withoutEnd(): TarEditor {
  return new TarEditor(({ blocks }) => ({ blocks, hasContent: true }), { isEndLeftOut: true })
}
