import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../images/digest.ts'
import { collectGarbage } from './garbage.ts'
import { BLOBS, blobData, GARBAGE, layerLink, revisionLink } from './layout.ts'
import { type Manifest, OCI_INDEX, OCI_MANIFEST } from './manifest.ts'
import { Registry } from './registry.ts'
import { FolderStorage } from './storage/folder-storage.ts'

let root: string
let storage: FolderStorage
let registry: Registry
beforeEach(async () => {
  root = await mkdtemp('/tmp/er-garbage-')
  storage = new FolderStorage(root)
  await storage.prepare()
  registry = new Registry(storage)
})
afterEach(() => rm(root, { recursive: true, force: true }))

const ALL = { graceMs: -1000, isDryRun: false }

async function pushBlob(repository: string, text: string): Promise<Digest> {
  const id = await registry.uploads.begin(repository)
  await registry.uploads.append(repository, id, Readable.from([Buffer.from(text)]))
  const digest = digestOf(text)
  await registry.uploads.finish(repository, id, digest)
  return digest
}

function manifestOf(config: Digest): Buffer {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: { mediaType: 'x', digest: config, size: 1 }, layers: [] }))
}

async function pushImage(repository: string, tag: string): Promise<{ config: Digest; manifest: Digest }> {
  const config = await pushBlob(repository, `config of ${repository}:${tag}`)
  const { digest } = await registry.manifests.put(repository, { tag }, manifestOf(config), undefined)
  return { config, manifest: digest }
}

const isThere = async (digest: Digest) => (await storage.stat(blobData(digest))) !== undefined

describe('collectGarbage', () => {
  it('removes what no manifest needs, with the links to it, and nothing else', async () => {
    const { config, manifest } = await pushImage('kept', 'v1')
    const lost = await pushBlob('kept', 'lost')
    expect(await collectGarbage(registry, ALL)).toEqual({ untagged: [], blobs: [lost], sizeBytes: 4 })
    expect([await isThere(config), await isThere(manifest), await isThere(lost)]).toEqual([true, true, false])
    expect(await storage.stat(layerLink('kept', lost))).toBeUndefined()
    expect(await collectGarbage(registry, ALL)).toEqual({ untagged: [], blobs: [], sizeBytes: 0 })
  })

  it('removes what a deleted manifest alone needed', async () => {
    const { config, manifest } = await pushImage('gone', 'v1')
    await registry.manifests.remove('gone', manifest)
    expect(new Set((await collectGarbage(registry, ALL)).blobs)).toEqual(new Set([config, manifest]))
    expect(await readdir(join(root, BLOBS), { recursive: true }).then((names) => names.filter((name) => name.endsWith('data')))).toEqual([])
  })

  describe('with what no tag leads to', () => {
    const all = { ...ALL, withUntagged: true }
    const put = (document: object, tag?: string) => {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }))
      return registry.manifests.put('a', tag === undefined ? { digest: digestOf(bytes) } : { tag }, bytes, undefined)
    }
    const described = ({ digest, mediaType, sizeBytes }: Manifest) => ({ mediaType, digest, size: sizeBytes })

    it('removes a manifest whose tag has moved on, and what it alone needs', async () => {
      const before = await pushImage('a', 'v1')
      const config = await pushBlob('a', 'another')
      await registry.manifests.put('a', { tag: 'v1' }, manifestOf(config), undefined)
      const told = { untagged: [{ repository: 'a', digest: before.manifest }], blobs: expect.arrayContaining([before.config, before.manifest]) }
      expect(await collectGarbage(registry, { ...all, isDryRun: true })).toMatchObject(told)
      expect(await collectGarbage(registry, all)).toMatchObject(told)
      expect([await isThere(before.config), await isThere(config), await registry.manifests.has('a', before.manifest)]).toEqual([false, true, false])
    })

    it('keeps what an index with a tag has, and what refers to it', async () => {
      const image = await put({ mediaType: OCI_MANIFEST, config: { mediaType: 'x', digest: await pushBlob('a', 'config'), size: 6 }, layers: [] })
      const index = await put({ mediaType: OCI_INDEX, manifests: [described(image)] }, 'v1')
      const config = { mediaType: 'x', digest: await pushBlob('a', 'signature'), size: 9 }
      await put({ mediaType: OCI_MANIFEST, config, layers: [], subject: described(index) })
      expect(await collectGarbage(registry, all)).toEqual({ untagged: [], blobs: [], sizeBytes: 0 })
      await registry.tags.remove('a', 'v1')
      expect((await collectGarbage(registry, { ...all, graceMs: 60_000 })).untagged).toEqual([])
      expect((await collectGarbage(registry, all)).untagged).toHaveLength(3)
    })

    it('a tag that comes in the middle of it keeps its manifest', async () => {
      const { manifest } = await pushImage('a', 'v1')
      await registry.tags.remove('a', 'v1')
      const remove = storage.remove.bind(storage)
      storage.remove = async (path) => {
        await remove(path)
        if (path.includes('/revisions/')) await registry.tags.set('a', 'v2', manifest)
      }
      await collectGarbage(registry, all)
      expect((await registry.manifests.get('a', { tag: 'v2' })).manifest.digest).toBe(manifest)
    })

    it('an index that comes in the middle of it keeps what is in it', async () => {
      const image = await put({ mediaType: OCI_MANIFEST, config: { mediaType: 'x', digest: await pushBlob('a', 'config'), size: 6 }, layers: [] })
      const config = { mediaType: 'x', digest: await pushBlob('a', 'signature'), size: 9 }
      const signature = await put({ mediaType: OCI_MANIFEST, config, layers: [], subject: described(image) })
      // Something that goes first, and something that nobody asks for.
      const { manifest: lost } = await pushImage('a', 'lost')
      await registry.tags.remove('a', 'lost')
      const remove = storage.remove.bind(storage)
      storage.remove = async (path) => {
        storage.remove = remove
        await put({ mediaType: OCI_INDEX, manifests: [described(image)] }, 'v1')
        await remove(path)
      }
      expect((await collectGarbage(registry, all)).untagged).toEqual([{ repository: 'a', digest: lost }])
      for (const { digest } of [image, signature]) expect((await registry.manifests.get('a', { digest })).manifest.digest).toBe(digest)
      expect((await registry.referrers.of('a', image.digest, undefined)).map(({ digest }) => digest)).toEqual([signature.digest])
      expect(await isThere(config.digest)).toBe(true)
    })

    it('an index that was untagged and comes again in the middle of it keeps what is in it, even when its push fails', async () => {
      const config = { mediaType: 'x', digest: await pushBlob('a', 'config'), size: 6 }
      const image = await put({ mediaType: OCI_MANIFEST, config, layers: [] })
      // One whose turn comes after that of the image.
      const indexes = Array.from({ length: 64 }, (_, version) => ({
        mediaType: OCI_INDEX,
        manifests: [described(image)],
        annotations: { version: String(version) },
      }))
      const index = indexes.find((one) => digestOf(JSON.stringify({ schemaVersion: 2, ...one })) > image.digest) ?? {}
      const again = await put(index)
      const longAgo = new Date(Date.now() - 100_000)
      for (const { digest } of [image, again]) await utimes(join(root, revisionLink('a', digest)), longAgo, longAgo)
      const [isThereAgain, isAway] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const [remove, writeWhole] = [storage.remove.bind(storage), storage.writeWhole.bind(storage)]
      let push: Promise<unknown> = Promise.resolve()
      // Its push has found the image; the image goes; its push looks for it once more.
      storage.remove = async (path) => {
        storage.remove = remove
        push = put(index, 'v1').catch((error: unknown) => error)
        await isThereAgain.promise
        await remove(path)
        isAway.resolve()
        await push
      }
      storage.writeWhole = async (path, data) => {
        await writeWhole(path, data)
        if (path !== revisionLink('a', again.digest)) return
        isThereAgain.resolve()
        await isAway.promise
      }
      expect((await collectGarbage(registry, { ...all, graceMs: 50_000 })).untagged).toEqual([])
      expect(await push).toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' })
      expect(await registry.manifests.has('a', image.digest)).toBe(true)
      expect(await isThere(config.digest)).toBe(true)
    })

    it('an index makes what is in it young, and keeps it before it has a tag', async () => {
      const image = await put({ mediaType: OCI_MANIFEST, config: { mediaType: 'x', digest: await pushBlob('a', 'config'), size: 6 }, layers: [] })
      const longAgo = new Date(Date.now() - 100_000)
      const age = () => utimes(join(root, revisionLink('a', image.digest)), longAgo, longAgo)
      await age()
      const within = { isDryRun: true, withUntagged: true, graceMs: 50_000 }
      expect((await collectGarbage(registry, within)).untagged).toEqual([{ repository: 'a', digest: image.digest }])
      await put({ mediaType: OCI_INDEX, manifests: [described(image)] })
      expect((await storage.stat(revisionLink('a', image.digest)))?.modifiedAtMs).toBeGreaterThan(longAgo.getTime())
      await age()
      expect((await collectGarbage(registry, within)).untagged).toEqual([])
    })

    it('puts back all of a repository when it cannot see to the end what is needed', async () => {
      const { manifest } = await pushImage('a', 'v1')
      await registry.tags.remove('a', 'v1')
      const forget = registry.manifests.forget.bind(registry.manifests)
      registry.manifests.forget = async (repository, one) => {
        await forget(repository, one)
        throw new Error('the disk is away')
      }
      await expect(collectGarbage(registry, all)).rejects.toThrow('the disk is away')
      expect(await registry.manifests.has('a', manifest)).toBe(true)
    })

    it('asks a repository for its tags as often as it has to, however much goes', async () => {
      for (const tag of ['v1', 'v2', 'v3', 'v4']) await pushImage('a', tag)
      for (const tag of ['v1', 'v2', 'v3']) await registry.tags.remove('a', tag)
      let asked = 0
      const digestOf = registry.tags.digestOf.bind(registry.tags)
      registry.tags.digestOf = (...names) => {
        asked++
        return digestOf(...names)
      }
      expect((await collectGarbage(registry, all)).untagged).toHaveLength(3)
      expect(asked).toBe(2)
    })

    it('passes over a manifest that has gone', async () => {
      const { manifest: gone } = await pushImage('a', 'v1')
      const { manifest: lost } = await pushImage('a', 'v2')
      await registry.tags.remove('a', 'v2')
      await storage.remove(blobData(gone))
      expect((await collectGarbage(registry, all)).untagged).toEqual([{ repository: 'a', digest: lost }])
    })
  })

  it('keeps a blob that another repository needs', async () => {
    const { config, manifest } = await pushImage('one', 'v1')
    await registry.blobs.link('two', config)
    await registry.manifests.put('two', { tag: 'v1' }, manifestOf(config), undefined)
    await registry.manifests.remove('one', manifest)
    expect((await collectGarbage(registry, ALL)).blobs).toEqual([])
  })

  it('keeps what is younger than the grace period, or was claimed within it', async () => {
    const [young, claimed] = [await pushBlob('a', 'young'), await pushBlob('a', 'claimed')]
    const longAgo = new Date(Date.now() - 100_000)
    await utimes(join(root, blobData(claimed)), longAgo, longAgo)
    expect((await collectGarbage(registry, { graceMs: 50_000, isDryRun: true })).blobs).toEqual([claimed])
    await registry.blobs.claim('a', claimed)
    expect((await collectGarbage(registry, { graceMs: 50_000, isDryRun: false })).blobs).toEqual([])
    expect([await isThere(young), await isThere(claimed)]).toEqual([true, true])
  })

  it('keeps what is claimed after it was found, and before it is its turn', async () => {
    const digests = [await pushBlob('a', 'one'), await pushBlob('a', 'two')]
    const longAgo = new Date(Date.now() - 100_000)
    for (const digest of digests) await utimes(join(root, blobData(digest)), longAgo, longAgo)
    const move = storage.move.bind(storage)
    let claimed: Digest | undefined
    storage.move = async (from, to) => {
      claimed ??= digests.find((digest) => blobData(digest) !== from)
      if (claimed) await registry.blobs.claim('a', claimed)
      return move(from, to)
    }
    expect((await collectGarbage(registry, { graceMs: 50_000, isDryRun: false })).blobs).toEqual(digests.filter((digest) => digest !== claimed))
    expect(claimed && (await isThere(claimed))).toBe(true)
  })

  it('only tells, when it is to do no more', async () => {
    const lost = await pushBlob('a', 'lost')
    expect((await collectGarbage(registry, { ...ALL, isDryRun: true })).blobs).toEqual([lost])
    expect(await isThere(lost)).toBe(true)
  })

  it('puts back what a manifest that comes meanwhile needs', async () => {
    const config = await pushBlob('late', 'config')
    // Between the first look at the manifests and the second: the push has checked its blobs, and its manifest comes now.
    const move = storage.move.bind(storage)
    storage.move = async (from, to) => {
      const isMoved = await move(from, to)
      if (!to.startsWith(GARBAGE)) return isMoved
      const bytes = manifestOf(config)
      const manifest = digestOf(bytes)
      await storage.writeWhole(blobData(manifest), bytes)
      await storage.writeWhole(`docker/registry/v2/repositories/late/_manifests/revisions/sha256/${manifest.slice(7)}/link`, manifest)
      return isMoved
    }
    expect((await collectGarbage(registry, ALL)).blobs).toEqual([])
    expect(await isThere(config)).toBe(true)
  })

  it('a push whose blob goes in the middle of it is refused, and leaves no manifest', async () => {
    const config = await pushBlob('late', 'config')
    const writeWhole = storage.writeWhole.bind(storage)
    storage.writeWhole = async (path, data) => {
      await writeWhole(path, data)
      if (path.includes('/revisions/')) await storage.remove(blobData(config))
    }
    await expect(registry.manifests.put('late', { tag: 'v1' }, manifestOf(config), undefined)).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' })
    expect(await registry.manifests.has('late', digestOf(manifestOf(config)))).toBe(false)
    expect(await registry.tags.digestOf('late', 'v1')).toBeUndefined()
  })

  it('puts back what a collection that was killed had set aside', async () => {
    const { config } = await pushImage('kept', 'v1')
    await storage.move(blobData(config), `${GARBAGE}/${config.slice(7)}`)
    expect((await collectGarbage(registry, ALL)).blobs).toEqual([])
    expect(await isThere(config)).toBe(true)
  })

  it('keeps a blob that a push has brought again after such a collection', async () => {
    const again = await pushBlob('a', 'again')
    const longAgo = new Date(Date.now() - 100_000)
    await utimes(join(root, blobData(again)), longAgo, longAgo)
    await storage.move(blobData(again), `${GARBAGE}/${again.slice(7)}`)
    await pushBlob('a', 'again')
    expect((await collectGarbage(registry, { graceMs: 50_000, isDryRun: false })).blobs).toEqual([])
    expect(await isThere(again)).toBe(true)
  })

  it('removes nothing as long as there is a manifest that it cannot read', async () => {
    const lost = await pushBlob('odd', 'lost')
    const odd = Buffer.from('{"schemaVersion":1}')
    await storage.writeWhole(blobData(digestOf(odd)), odd)
    await storage.writeWhole(`docker/registry/v2/repositories/odd/_manifests/revisions/sha256/${digestOf(odd).slice(7)}/link`, digestOf(odd))
    await expect(collectGarbage(registry, ALL)).rejects.toThrow('nothing was removed: the manifest')
    expect(await isThere(lost)).toBe(true)
  })
})
