import { randomBytes } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { type Case, quietly, timed } from './case.ts'
import type { Peer } from './peer.ts'
import { Registry } from './registry.ts'

const MEGABYTES = 200
const IMAGE = 'bench/big'

export const imageCases: readonly Case[] = [
  {
    name: 'save',
    what: `save an image of ${MEGABYTES} MB`,
    target: 0.6,
    unit: 'ms',
    mostRounds: 3,
    prepare: importImage,
    measure: (peer) => timed(() => quietly(peer, ['save', '-o', join(peer.root, 'saved.tar'), IMAGE])),
    cleanUp: removeImage,
  },
  {
    name: 'load',
    what: `load an image of ${MEGABYTES} MB`,
    target: 0.6,
    unit: 'ms',
    mostRounds: 3,
    async prepare(peer) {
      await importImage(peer)
      await quietly(peer, ['save', '-o', join(peer.root, 'saved.tar'), IMAGE])
    },
    async measure(peer) {
      await removeImage(peer)
      return timed(() => quietly(peer, ['load', '-i', join(peer.root, 'saved.tar')]))
    },
    cleanUp: removeImage,
  },
  {
    name: 'push',
    what: `push an image of ${MEGABYTES} MB to an empty registry`,
    target: 0.6,
    unit: 'ms',
    mostRounds: 3,
    missing: registryMissing,
    prepare: importImage,
    async measure(peer) {
      await using registry = await Registry.start()
      const name = `${registry.address}/big`
      await quietly(peer, ['tag', IMAGE, name])
      const ms = await timed(() => quietly(peer, ['push', name]))
      await quietly(peer, ['rmi', name])
      return ms
    },
    cleanUp: removeImage,
  },
  {
    name: 'pull',
    what: `pull an image of ${MEGABYTES} MB`,
    target: 0.6,
    unit: 'ms',
    mostRounds: 3,
    missing: registryMissing,
    prepare: importImage,
    async measure(peer) {
      await using registry = await Registry.start()
      const name = `${registry.address}/big`
      await quietly(peer, ['tag', IMAGE, name])
      await quietly(peer, ['push', name])
      await quietly(peer, ['rmi', name, IMAGE])
      const ms = await timed(() => quietly(peer, ['pull', name]))
      await quietly(peer, ['tag', name, IMAGE])
      await quietly(peer, ['rmi', name])
      return ms
    },
    cleanUp: removeImage,
  },
]

/** Debian's docker-registry is not on every machine. */
function registryMissing(): string | undefined {
  return Registry.isThere() ? undefined : 'docker-registry is not installed'
}

async function importImage(peer: Peer): Promise<void> {
  const archive = await sampleArchive()
  await quietly(peer, ['import', archive, IMAGE])
}

async function removeImage(peer: Peer): Promise<void> {
  await quietly(peer, ['rmi', IMAGE])
}

/** A root file system of many files, half of its bytes random, half compressible, as real ones are. Made once. */
async function sampleArchive(): Promise<string> {
  const path = join('/tmp', `erbench-sample-${MEGABYTES}.tar`)
  if (existsSync(path)) return path
  const archive = pack()
  const file = createWriteStream(`${path}.new`)
  archive.pipe(file)
  const size = 100_000
  for (let index = 0; index < (MEGABYTES * 1_000_000) / size; index++) {
    const content = Buffer.concat([randomBytes(size / 2), Buffer.alloc(size / 2, `line ${index} of a text that compresses\n`)])
    archive.entry({ name: `data/${index % 50}/file-${index}`, mtime: new Date(0) }, content)
  }
  archive.finalize()
  await finished(file)
  await rename(`${path}.new`, path)
  return path
}
