import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'

/** A file of this machine, and where it goes in the image; a folder where there is no `source`. */
export interface LayerFile {
  readonly name: string
  readonly source?: { readonly path: string; readonly sizeBytes: number; readonly mode: number }
}

export interface Layer {
  readonly files: readonly LayerFile[]
  /** Of the tar's sha256. */
  readonly hex: string
  readonly sizeBytes: number
}

/** The same files always give the same layer. */
const MODIFIED = new Date(0)

/** Goes through the layer once, for what has to be known of it before it is sent. */
export async function measureLayer(files: readonly LayerFile[]): Promise<Layer> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of writeLayer(files)) {
    hash.update(chunk)
    sizeBytes += chunk.length
  }
  return { files, hex: hash.digest('hex'), sizeBytes }
}

/** The layer as a tar. */
export function writeLayer(files: readonly LayerFile[]): Readable {
  const archive = pack()
  writeFiles(archive, files).catch((error) => archive.destroy(error))
  return Readable.from(archive)
}

async function writeFiles(archive: Pack, files: readonly LayerFile[]): Promise<void> {
  for (const { name, source } of files) {
    const header = { name, mtime: MODIFIED, uid: 0, gid: 0 }
    if (!source) archive.entry({ ...header, type: 'directory', mode: name === 'tmp/' ? 0o1777 : 0o755 })
    else await pipeline(createReadStream(source.path), archive.entry({ ...header, mode: source.mode, size: source.sizeBytes }))
  }
  archive.finalize()
}
