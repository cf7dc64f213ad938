import { copyFile, lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import { extract } from 'tar-stream'
import { sha256 } from '../api/images/archives.ts'
import type { TestDaemon } from '../harness/daemon.ts'
import type { Known } from './recipes.ts'

interface Listed {
  readonly Id: string
  readonly RepoTags: readonly string[]
}

/** Every image that the daemon lists, whole: what it saves has the digests it says. @returns names → ids, and what is wrong */
export async function checkImages(daemon: TestDaemon, known: readonly Known[]): Promise<{ names: ReadonlyMap<string, string>; wrong: string[] }> {
  const listed = (await daemon.api('GET', '/v1.51/images/json?all=1')).json<Listed[]>()
  const wrong: string[] = []
  for (const { Id } of listed) wrong.push(...(await checkImage(daemon, Id, known)))
  return { names: new Map(listed.flatMap(({ Id, RepoTags }) => RepoTags.map((name): [string, string] => [name, Id]))), wrong }
}

async function checkImage(daemon: TestDaemon, id: string, known: readonly Known[]): Promise<string[]> {
  const digests = await savedDigests(daemon, id).catch((error: unknown) => String(error))
  if (typeof digests === 'string') return [`${id} cannot be saved: ${digests}`]
  const wrong = [...digests].filter(([name, digest]) => name !== digest).map(([name, digest]) => `${id}: blob ${name} has digest ${digest}`)
  const { RootFS, GraphDriver } = (await daemon.api('GET', `/images/${id}/json`)).json<{
    RootFS: { Layers: string[] }
    GraphDriver: { Data: { UpperDir: string; LowerDir?: string } }
  }>()
  for (const one of [id, ...RootFS.Layers]) if (!digests.has(one.slice('sha256:'.length))) wrong.push(`${id}: ${one} is not in what it saves`)
  const recipe = known.find((one) => one.id === id)?.recipe
  const folders = [...(GraphDriver.Data.LowerDir?.split(':') ?? []).reverse(), GraphDriver.Data.UpperDir]
  for (const [i, layer] of (recipe?.layers ?? []).entries()) {
    // The content of its one file follows the tar's first block.
    const [name] = await readdir(folders[i] ?? '')
    const data = await readFile(join(folders[i] ?? '', name ?? '', 'data'))
    if (!data.equals(layer.subarray(512, 512 + data.length)) || data.length === 0) wrong.push(`${id}: the files of layer ${i} are not those of its tar`)
  }
  return wrong
}

/** The blobs of what the daemon saves: by their names, their digests. */
async function savedDigests(daemon: TestDaemon, id: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>()
  const archive = extract()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  get({ socketPath: daemon.socketPath, path: `/images/${id}/get` }, (response) => {
    response.on('error', reject)
    response.pipe(archive)
  }).on('error', reject)
  archive.on('finish', resolve)
  archive.on('error', reject)
  archive.on('entry', (header, stream, next) => {
    buffer(stream).then((content) => {
      const name = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(header.name)?.[1]
      if (name !== undefined) digests.set(name, sha256(content))
      next()
    }, reject)
  })
  await promise
  return digests
}

/** Files below the data root that nothing refers to, and references to what is not there. */
export async function strayFiles(daemon: TestDaemon): Promise<string[]> {
  const root = join(daemon.dataRoot, 'images')
  // The daemon lets nobody else open it; while it has nothing to do, a copy is as good.
  const copy = join(daemon.root, 'database')
  await mkdir(copy)
  for (const name of ['engine.db', 'engine.db-wal']) await copyFile(join(daemon.dataRoot, name), join(copy, name))
  const db = new Database(join(copy, 'engine.db'))
  const column = (sql: string) => new Set(db.prepare(sql).pluck().all().map(String))
  const blobs = column('SELECT id FROM image UNION SELECT blob FROM layer')
    .values()
    .map((digest) => digest.slice('sha256:'.length))
  const folders = column('SELECT folder FROM layer')
  const unheld = column('SELECT chain_id FROM layer WHERE chain_id NOT IN (SELECT chain_id FROM image_layer)')
  db.close()
  await rm(copy, { recursive: true })
  return [
    ...difference('blob', await readdir(join(root, 'blobs', 'sha256')), [...blobs]),
    ...difference('layer', await readdir(join(root, 'layers')), [...folders, 'init']),
    ...[...unheld].map((chainId) => `layer ${chainId} is held by no image`),
    ...difference('incoming', await readdir(join(root, 'incoming')), []),
    ...difference('images', await readdir(root), ['blobs', 'incoming', 'layers']),
    ...difference('builds', await readdir(join(daemon.dataRoot, 'builds')).catch(() => []), []), // Made by the first build.
    ...difference('containers', await readdir(join(daemon.dataRoot, 'containers')), []),
  ]
}

function difference(kind: string, found: readonly string[], expected: readonly string[]): string[] {
  const stray = found.filter((one) => !expected.includes(one)).map((one) => `${kind} ${one} belongs to nothing`)
  return [...stray, ...expected.filter((one) => !found.includes(one)).map((one) => `${kind} ${one} is missing`)]
}

/** What `docker system df` says of all layers, and what lies on the disk. */
export async function sizes(daemon: TestDaemon): Promise<{ told: number; measured: number }> {
  const { LayersSize } = (await daemon.api('GET', '/v1.51/system/df?type=image')).json<{ LayersSize: number }>()
  const root = join(daemon.dataRoot, 'images', 'layers')
  let measured = 0
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!path.startsWith(join(root, 'init')) && (entry.isFile() || entry.isSymbolicLink())) measured += (await lstat(path)).size
  }
  return { told: LayersSize, measured }
}
