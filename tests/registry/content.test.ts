import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codesOf, DistributionClient, NOWHERE, someBlob } from './distribution-client.ts'
import { BOTH, type RunningRegistry, startRegistry } from './servers.ts'

/** OCI distribution-spec v1.1, "Content Discovery", "Content Management". */
describe.each(BOTH)('%s: content', (kind) => {
  let registry: RunningRegistry
  let client: DistributionClient
  beforeAll(async () => {
    registry = await startRegistry(kind)
    client = new DistributionClient(registry.url)
  })
  afterAll(() => registry[Symbol.asyncDispose]())

  it('the tags of a repository are listed', async () => {
    for (const tag of ['v1', 'v2', 'latest']) await client.pushImage('tags/here', tag)
    const response = await client.ask('GET', 'tags/here/tags/list')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ name: 'tags/here', tags: ['latest', 'v1', 'v2'] })
  })

  it('the tags of a repository that is not there are 404', async () => {
    const response = await client.ask('GET', 'nosuch/tags/list')
    expect([response.status, await codesOf(response)]).toEqual([404, ['NAME_UNKNOWN']])
  })

  it('the catalog lists repositories, in pages', async () => {
    for (const name of ['cat/a', 'cat/b', 'cat-c', 'cat/b/d']) await client.pushImage(name, 'v1')
    const all = (await (await client.ask('GET', '_catalog')).json()) as { repositories: string[] }
    expect(all.repositories.filter((name) => name.startsWith('cat')).sort()).toEqual(['cat-c', 'cat/a', 'cat/b', 'cat/b/d'])
    const found: string[] = []
    for (let next: string | undefined = '/v2/_catalog?n=2'; next !== undefined; ) {
      const response = await client.ask('GET', next)
      const { repositories } = (await response.json()) as { repositories: string[] }
      expect(repositories.length).toBeLessThanOrEqual(2)
      found.push(...repositories)
      next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
    }
    expect([...found].sort()).toEqual([...all.repositories].sort())
  })

  it('a manifest that was deleted is gone, with its tags', async () => {
    const manifest = await client.pushImage('delete/manifest', 'v1')
    expect((await client.ask('DELETE', `delete/manifest/manifests/${manifest.digest}`)).status).toBe(202)
    expect((await client.manifest('delete/manifest', manifest.digest)).status).toBe(404)
    expect((await client.manifest('delete/manifest', 'v1')).status).toBe(404)
  })

  it('a manifest that is not there cannot be deleted', async () => {
    const response = await client.ask('DELETE', `delete/manifest/manifests/${NOWHERE}`)
    expect([response.status, await codesOf(response)]).toEqual([404, ['MANIFEST_UNKNOWN']])
  })

  it('a blob that was deleted is gone, here and not elsewhere', async () => {
    const blob = someBlob()
    for (const repository of ['delete/blob', 'delete/elsewhere']) await client.pushBlob(repository, blob)
    expect((await client.ask('DELETE', `delete/blob/blobs/${blob.digest}`)).status).toBe(202)
    expect((await client.ask('HEAD', `delete/blob/blobs/${blob.digest}`)).status).toBe(404)
    expect((await client.ask('HEAD', `delete/elsewhere/blobs/${blob.digest}`)).status).toBe(200)
  })

  it('a blob that is not there cannot be deleted', async () => {
    const response = await client.ask('DELETE', `delete/blob/blobs/${NOWHERE}`)
    expect([response.status, await codesOf(response)]).toEqual([404, ['BLOB_UNKNOWN']])
  })
})
