import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { configFile, dockerArchive, sha256, tar } from '../../tests/api/images/archives.ts'
import { EventBus } from '../events/bus.ts'
import { Log } from '../log.ts'
import { closeDatabase, type Database, openDatabase } from '../state/database.ts'
import { ImageRepository } from '../state/images.ts'
import { importArchive } from './archive/import.ts'
import { loadArchive } from './archive/load.ts'
import { Images } from './images.ts'
import { pullImage } from './registry/pull.ts'
import { pruneImages } from './remove.ts'

/** An image that is here and has no name yet looks like one that nobody needs: what a prune takes in that moment. */
let folder: string
let db: Database
let images: Images
beforeEach(async () => {
  folder = await mkdtemp('/tmp/er-images-')
  db = openDatabase(join(folder, 'engine.db'))
  images = new Images({
    root: join(folder, 'images'),
    repository: new ImageRepository(db),
    events: new EventBus(),
    log: new Log('error'),
    usage: { containersUsing: () => [] },
    registry: {
      mirrors: [],
      hub: undefined,
      insecureCidrs: [],
      insecureHosts: [],
      maxConcurrentDownloads: 3,
      maxConcurrentUploads: 3,
      proxies: { http: '', https: '', none: '' },
      certificateFolders: [],
    },
  })
  await images.reconcile()
})
afterEach(async () => {
  closeDatabase(db)
  await rm(folder, { recursive: true, force: true })
})

/** Prunes what has no name as soon as an image is here, before whoever brought it goes on. @returns how often it did */
function pruneAtOnce(): () => number {
  let count = 0
  const add = images.add.bind(images)
  images.add = async (...what) => {
    const image = await add(...what)
    count++
    await pruneImages(images, (_, dangles) => dangles)
    return image
  }
  return () => count
}

it('a load', async () => {
  const pruned = pruneAtOnce()
  const archive = await dockerArchive({ layers: [] }, ['loaded:v1', 'loaded:v2'])
  await loadArchive(images, Readable.from([archive]), { layer: () => undefined, message: () => undefined })
  expect(pruned()).toBe(1)
  expect(images.find('loaded:v2')?.id).toBe(images.get('loaded:v1').id)
})

it('an import', async () => {
  const pruned = pruneAtOnce()
  const options = { repository: 'imported', tag: 'v1', message: '', changes: [] }
  const { id } = await importArchive(images, Readable.from([await tar([['file', 'text']])]), options, new AbortController().signal)
  expect(pruned()).toBe(1)
  expect(images.get('imported:v1').id).toBe(id)
})

it('a pull', async () => {
  const pruned = pruneAtOnce()
  const config = configFile({ layers: [] })
  const digest = `sha256:${sha256(config)}`
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
    layers: [],
  })
  const server = createServer((request, response) => {
    if (request.url?.includes('/manifests/')) response.setHeader('content-type', mediaType).end(manifest)
    else response.end(request.url?.includes('/blobs/') ? config : '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}/pulled`
  const options = { name, tag: 'v1', platform: '', auth: undefined, signal: new AbortController().signal }
  await pullImage(images, options, { send: () => undefined, step: () => undefined })
  server.closeAllConnections()
  server.close()
  expect(pruned()).toBe(1)
  expect(images.get(`${name}:v1`).id).toBe(digest)
})
