import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { configFile, dockerArchive, type Recipe, sha256, tar } from './archives.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** An image of one small layer that no other test has. @returns its id */
async function make(name: string, config: Recipe['config'] = {}): Promise<string> {
  const recipe = { layers: [await tar([[`of-${name}`, name]])], config }
  const { code, stderr } = await daemon.docker(['load'], { input: await dockerArchive(recipe, [name]) })
  expect([code, stderr]).toEqual([0, ''])
  return `sha256:${sha256(configFile(recipe))}`
}

const refused = async (...args: string[]) => {
  const { code, stderr } = await daemon.docker(args)
  expect(code).toBe(1)
  return stderr.trim()
}

const idOf = (name: string) => daemon.ok('inspect', '--type', 'image', '-f', '{{.Id}}', name)

describe('tag', () => {
  test('a second name for the same image; both are listed', async () => {
    const id = await make('tag-a:1')
    await daemon.ok('tag', 'tag-a:1', 'localhost:5000/x/tag-b:2')
    expect(await idOf('localhost:5000/x/tag-b:2')).toBe(id)
    expect(await daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}', 'localhost:5000/x/tag-b')).toBe(
      `localhost:5000/x/tag-b:2 ${id.slice(7, 19)}`,
    )
    expect((await daemon.ok('inspect', '-f', '{{.RepoTags}}', id)).split(' ')).toHaveLength(2)
  })

  test('a name moves silently, and docker.io is left out everywhere', async () => {
    const [first, second] = [await make('tag-move1:1'), await make('tag-move2:1')]
    await daemon.ok('tag', first, 'docker.io/library/tag-moved')
    await daemon.ok('tag', second, 'tag-moved:latest')
    expect(await idOf('tag-moved')).toBe(second)
    expect(await daemon.ok('inspect', '-f', '{{.RepoTags}}', first)).toBe('[tag-move1:1]')
  })

  test('bad names, a missing source', async () => {
    expect(await refused('tag', 'no-such-image', 'x')).toBe('Error response from daemon: No such image: no-such-image:latest')
    expect(await refused('tag', 'busybox', 'sha256:x')).toContain('refusing to create an ambiguous tag using digest algorithm as name')
    expect((await daemon.api('POST', '/images/busybox/tag?repo=a&tag=b:c')).status).toBe(400)
    expect((await daemon.api('POST', '/images/busybox/tag?repo=Upper')).json()).toEqual({
      message: 'invalid reference format: repository name (library/Upper) must be lowercase',
    })
    expect((await daemon.api('POST', '/images/busybox/tag?repo=tag-api&tag=1')).status).toBe(201)
  })
})

describe('inspect', () => {
  test('defaults, and null where docker has null', async () => {
    const id = await make('inspect-bare:1')
    const image = (await daemon.api('GET', '/v1.51/images/inspect-bare:1/json')).json<Record<string, unknown>>()
    expect(image).toMatchObject({
      Id: id,
      RepoTags: ['inspect-bare:1'],
      RepoDigests: [],
      Parent: '',
      Comment: '',
      Created: '2024-05-01T10:00:00.5Z',
      DockerVersion: '',
      Author: '',
      Os: 'linux',
      Size: 'inspect-bare:1'.length,
      GraphDriver: { Name: 'overlay2' },
      RootFS: { Type: 'layers' },
    })
    expect(image).not.toHaveProperty('Container')
    expect(image).not.toHaveProperty('VirtualSize')
    expect(image.Metadata).toEqual({ LastTagTime: expect.stringMatching(/^20\d\d-.*Z$/) })
  })

  test('older clients get what they were used to', async () => {
    await make('inspect-old:1', { Cmd: ['x'] })
    const image = (await daemon.api('GET', '/v1.38/images/inspect-old:1/json')).json<Record<string, Record<string, unknown>>>()
    expect(image.ContainerConfig).toMatchObject({ Hostname: '', Env: null, Volumes: null, Labels: null })
    expect(image.Config).toMatchObject({ Cmd: ['x'], AttachStdin: false, OnBuild: null })
    expect(image.VirtualSize).toBe(image.Size)
  })

  test('by id, short id, digest-like prefix; a tag that looks like an id wins', async () => {
    const id = await make('inspect-id:1')
    for (const reference of [id, id.slice(7), id.slice(7, 19), id.slice(0, 20)]) expect(await idOf(reference)).toBe(id)
    await daemon.ok('tag', 'busybox', id.slice(7, 19))
    expect(await idOf(id.slice(7, 19))).toBe(await idOf('busybox'))
    await daemon.ok('rmi', `${id.slice(7, 19)}:latest`)
    expect(await refused('image', 'inspect', 'nothing:1')).toContain('No such image: nothing:1')
    const gone = `sha256:${'0'.repeat(64)}`
    expect((await daemon.api('GET', `/images/${gone}/json`)).json()).toEqual({ message: `No such image: ${gone}` })
  })
})

describe('list', () => {
  test('filters by reference, label, dangling, before and since', async () => {
    await make('list-a:1', { Labels: { color: 'red' } })
    await make('list-a:2', { Labels: { color: 'blue' } })
    await make('other/list-b:1', { Labels: { color: 'red' } })
    const list = (...args: string[]) =>
      daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}}', ...args).then((text) => text.split('\n').filter(Boolean).sort())
    expect(await list('list-a')).toEqual(['list-a:1', 'list-a:2'])
    expect(await list('list-a:1')).toEqual(['list-a:1'])
    expect(await list('--filter', 'reference=*/list-*')).toEqual(['other/list-b:1'])
    expect(await list('--filter', 'reference=list-?:2')).toEqual(['list-a:2'])
    expect(await list('--filter', 'label=color=red')).toEqual(['list-a:1', 'other/list-b:1'])
    expect(await list('--filter', 'label=color', '--filter', 'label=color=blue')).toEqual(['list-a:2'])
    expect(await list('--filter', 'dangling=true')).toEqual([])
    expect(await list('--filter', 'since=list-a:1', '--filter', 'reference=list-a')).toEqual([])
    expect(await list('--filter', 'before=busybox', '--filter', 'reference=list-a')).toEqual(['list-a:1', 'list-a:2'])
    expect(await refused('images', '--filter', 'color=red')).toContain("invalid filter 'color'")
    expect(await refused('images', '--filter', 'since=no-such-image')).toContain('No such image: no-such-image:latest')
  })

  test('the table has a line per name; -q, --no-trunc, --digests and json', async () => {
    const id = await make('list-form:1')
    await daemon.ok('tag', 'list-form:1', 'list-form:2')
    const [head, ...lines] = (await daemon.ok('images', 'list-form')).split('\n')
    expect(head).toMatch(/^REPOSITORY\s+TAG\s+IMAGE ID\s+CREATED\s+SIZE$/)
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(new RegExp(`^list-form\\s+[12]\\s+${id.slice(7, 19)}\\s+.* ago\\s+11B$`))
    expect(await daemon.ok('images', '-q', '--no-trunc', 'list-form:1')).toBe(id)
    expect(await daemon.ok('images', '--digests', 'list-form:1')).toContain('<none>')
    expect(JSON.parse(await daemon.ok('images', '--format', 'json', 'list-form:1'))).toMatchObject({ Repository: 'list-form', Tag: '1', ID: id.slice(7, 19) })
  })

  test('the API: untagged images, sizes and counts by version', async () => {
    const id = await make('list-api:1')
    const container = await daemon.ok('create', 'list-api:1', 'x')
    const find = async (path: string) => (await daemon.api('GET', path)).json<Record<string, unknown>[]>().find((one) => one.Id === id)
    expect(await find('/v1.51/images/json')).toMatchObject({
      Containers: 1,
      Labels: null,
      ParentId: '',
      RepoDigests: [],
      RepoTags: ['list-api:1'],
      SharedSize: -1,
      Size: 10,
    })
    expect(await find('/v1.43/images/json?shared-size=1')).toMatchObject({ SharedSize: 0, VirtualSize: 10 })
    await daemon.ok('rm', container)
    await daemon.ok('tag', 'busybox', 'list-api:1')
    expect(await find('/v1.43/images/json')).toMatchObject({ RepoTags: [], RepoDigests: [] })
    expect(await find('/v1.42/images/json')).toMatchObject({ RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'], Containers: -1 })
  })
})

describe('history', () => {
  test('newest first, layers of others as <missing>', async () => {
    const recipe = { layers: [await tar([['h1', '1']]), await tar([['h2', '22']])] }
    await daemon.docker(['load'], { input: await dockerArchive(recipe, ['history:1']) })
    const rows = (await daemon.ok('history', '--format', '{{.ID}} {{.CreatedBy}} {{.Size}}', 'history:1')).split('\n')
    expect(rows).toEqual([`${sha256(configFile(recipe)).slice(0, 12)} layer 1 2B`, '<missing> layer 0 1B'])
    expect(await refused('history', 'history:2')).toContain('No such image: history:2')
    const [first] = (await daemon.api('GET', '/images/history:1/history')).json<Record<string, unknown>[]>()
    expect(first).toEqual({ Comment: '', Created: 1714557600, CreatedBy: 'layer 1', Id: `sha256:${sha256(configFile(recipe))}`, Size: 2, Tags: ['history:1'] })
  })
})

describe('rmi', () => {
  test('the last name takes the image along, an earlier one only itself', async () => {
    const id = await make('rmi-a:1')
    await daemon.ok('tag', 'rmi-a:1', 'rmi-a:2')
    expect(await daemon.ok('rmi', 'rmi-a:2')).toBe('Untagged: rmi-a:2')
    const [layer] = JSON.parse(await daemon.ok('inspect', '-f', '{{json .RootFS.Layers}}', 'rmi-a:1')) as string[]
    expect(await daemon.ok('rmi', 'rmi-a:1')).toBe(`Untagged: rmi-a:1\nDeleted: ${id}\nDeleted: ${layer}`)
    expect(await refused('rmi', 'rmi-a:1')).toContain('No such image: rmi-a:1')
    expect((await daemon.docker(['rmi', '-f', 'rmi-a:1'])).stderr).toContain('No such image: rmi-a:1')
  })

  test('a layer that two images share stays with the other', async () => {
    const base = await tar([['shared-base', '']])
    for (const name of ['rmi-s1:1', 'rmi-s2:1'])
      await daemon.docker(['load'], { input: await dockerArchive({ layers: [base, await tar([[name, '']])] }, [name]) })
    expect((await daemon.ok('rmi', 'rmi-s1:1')).match(/^Deleted/gm)).toHaveLength(2)
    expect((await daemon.ok('rmi', 'rmi-s2:1')).match(/^Deleted/gm)).toHaveLength(3)
  })

  test('an image that a stopped container uses: by name, by id, by force', async () => {
    const id = await make('rmi-used:1')
    const short = id.slice(7, 19)
    const container = await daemon.ok('create', 'rmi-used:1', 'x')
    const user = container.slice(0, 12)
    expect(await refused('rmi', 'rmi-used:1')).toBe(
      `Error response from daemon: conflict: unable to remove repository reference "rmi-used:1" (must force) - container ${user} is using its referenced image ${short}`,
    )
    expect(await refused('rmi', short)).toBe(
      `Error response from daemon: conflict: unable to delete ${short} (must be forced) - image is being used by stopped container ${user}`,
    )
    await daemon.ok('tag', 'rmi-used:1', 'rmi-elsewhere:1')
    expect(await refused('rmi', short)).toBe(
      `Error response from daemon: conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
    )
    expect(await daemon.ok('rmi', 'rmi-elsewhere:1')).toBe('Untagged: rmi-elsewhere:1')
    expect(await daemon.ok('rmi', '-f', 'rmi-used:1')).toContain('Untagged: rmi-used:1')
    await daemon.ok('rm', container)
  })

  test('an image that a running container uses cannot be removed, only its name by force', async () => {
    await daemon.ok('tag', 'busybox', 'rmi-running:1')
    await daemon.ok('commit', await daemon.ok('create', 'busybox'), 'rmi-running:1')
    const container = await daemon.ok('run', '-d', 'rmi-running:1', 'sleep', '1000')
    const short = (await idOf('rmi-running:1')).slice(7, 19)
    expect(await refused('rmi', '-f', short)).toBe(
      `Error response from daemon: conflict: unable to delete ${short} (cannot be forced) - image is being used by running container ${container.slice(0, 12)}`,
    )
    expect(await daemon.ok('rmi', '-f', 'rmi-running:1')).toBe('Untagged: rmi-running:1')
    expect(await daemon.ok('exec', container, 'echo', 'alive')).toBe('alive')
    expect(await daemon.ok('ps', '--filter', `id=${container}`, '--format', '{{.Image}}')).toBe(short)
    await daemon.ok('rm', '-f', container)
    expect(await daemon.ok('rmi', short)).toContain(`Deleted: sha256:${short}`)
  })

  test('a parent with children, and untagged parents that go along', async () => {
    const container = await daemon.ok('create', 'busybox')
    const parent = await daemon.ok('commit', container, 'rmi-parent:1')
    const child = await daemon.ok('commit', await daemon.ok('create', 'rmi-parent:1'), 'rmi-child:1')
    await daemon.removeAllContainers()
    expect(await refused('rmi', parent)).toBe(
      `Error response from daemon: conflict: unable to delete ${parent.slice(7, 19)} (cannot be forced) - image has dependent child images`,
    )
    expect(await daemon.ok('rmi', 'rmi-parent:1')).toBe('Untagged: rmi-parent:1')
    const gone = await daemon.ok('rmi', 'rmi-child:1')
    expect(gone).toContain(`Deleted: ${child}`)
    expect(gone).toContain(`Deleted: ${parent}`)
    expect(await idOf('busybox')).toMatch(/^sha256:/)
  })

  test('several at once: what can go goes, the rest is told', async () => {
    await make('rmi-many:1')
    const { code, stdout, stderr } = await daemon.docker(['rmi', 'rmi-many:1', 'rmi-many:2'])
    expect(code).toBe(1)
    expect(stdout).toContain('Untagged: rmi-many:1')
    expect(stderr).toContain('No such image: rmi-many:2')
  })
})

test('an image that is removed while a container is made of it: one of the two is refused', async () => {
  const container = await daemon.ok('create', 'busybox')
  for (let i = 0; i < 10; i++) {
    await daemon.ok('commit', container, `contended:${i}`)
    const body = { Image: `contended:${i}`, HostConfig: { Binds: ['/anonymous'] } }
    const [created, removed] = await Promise.all([daemon.api('POST', '/containers/create', body), daemon.api('DELETE', `/images/contended:${i}`)])
    expect([
      [201, 409],
      [404, 200],
    ]).toContainEqual([created.status, removed.status])
    if (created.status === 201) await daemon.ok('start', created.json<{ Id: string }>().Id)
  }
  await daemon.removeAllContainers()
  await daemon.ok('image', 'prune', '-f')
})

describe('commit', () => {
  test('changes, author, message; the new image runs', async () => {
    const container = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'echo made >/made; rm /etc/group; sleep 1000')
    await daemon.ok('exec', container, 'sh', '-c', 'until test -e /made; do sleep 0.05; done')
    const id = await daemon.ok('commit', '-a', 'me', '-m', 'why', '-c', 'CMD ["cat", "/made"]', '-c', 'ENV X=1', container, 'committed:1')
    expect(await daemon.ok('run', '--rm', 'committed:1')).toBe('made')
    expect(await daemon.ok('run', '--rm', 'committed:1', 'sh', '-c', 'test -e /etc/group || echo $X')).toBe('1')
    // What the runtime mounts on is not the container's own doing.
    const layer = await daemon.ok('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'committed:1')
    expect((await readdir(layer, { recursive: true })).sort()).toEqual(['etc', 'etc/group', 'made'])
    const image = JSON.parse(await daemon.ok('inspect', id))[0]
    expect(image).toMatchObject({ Author: 'me', Comment: 'why', Parent: await idOf('busybox'), Config: { Cmd: ['cat', '/made'] } })
    expect((await daemon.ok('history', '--format', '{{.Comment}}', 'committed:1')).split('\n')[0]).toBe('why')
    expect(await daemon.ok('inspect', '-f', '{{.State.Status}}', container)).toBe('running')
    await daemon.ok('rm', '-f', container)
  })

  test('a process that is sent into the container meanwhile waits; two at once leave nothing frozen', async () => {
    const container = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'head -c 64m /dev/urandom >/made; sleep 1000')
    await until('the file to be written', async () => (await daemon.ok('exec', container, 'stat', '-c', '%s', '/made')) === String(64 << 20))
    const since = String(Date.now() / 1000)
    const commits = Promise.all([daemon.ok('commit', container), daemon.ok('commit', container)])
    // The events of the pause are the sign that it has begun.
    await until('the commits to hold it still', async () => (await daemon.ok('events', '--since', since, '--until', '0s', '-f', 'event=pause')) !== '')
    expect(await daemon.ok('exec', container, 'echo', 'alive')).toBe('alive')
    await daemon.ok('rmi', ...(await commits))
    expect(await daemon.ok('exec', container, 'echo', 'alive')).toBe('alive')
    await daemon.ok('rm', '-f', container)
  })

  test('without a name it dangles; bad requests make nothing', async () => {
    const container = await daemon.ok('create', 'busybox')
    const count = () => daemon.ok('images', '-aq').then((text) => text.split('\n').length)
    const before = await count()
    const id = await daemon.ok('commit', container)
    expect(await daemon.ok('images', '--filter', 'dangling=true', '-q', '--no-trunc')).toContain(id)
    expect(await refused('commit', '-c', 'RUN x', container)).toContain('RUN is not a valid change command')
    expect(await refused('commit', container, 'Bad:1')).toContain('must be lowercase')
    expect(await refused('commit', 'no-such', 'x:1')).toContain('No such container: no-such')
    expect(await count()).toBe(before + 1)
    await daemon.ok('rm', container)
    await daemon.ok('rmi', id)
  })
})

describe('prune', () => {
  test('dangling images by default, all unused ones with -a, by label and age', async () => {
    const [kept, old] = [await make('prune-kept:1', { Labels: { keep: 'yes' } }), await make('prune-old:1')]
    await make('prune-unused:1')
    const used = await daemon.ok('create', 'prune-kept:1', 'x')
    await daemon.ok('tag', 'prune-unused:1', 'prune-old:1')
    const first = await daemon.ok('image', 'prune', '-f')
    expect(first).toContain(`deleted: ${old}`)
    expect(first).toMatch(/Total reclaimed space: \d+B/)
    expect(await daemon.ok('image', 'prune', '-f')).toBe('Total reclaimed space: 0B')
    expect(await daemon.ok('image', 'prune', '-af', '--filter', 'label=nothing')).toBe('Total reclaimed space: 0B')
    await daemon.ok('tag', 'busybox', 'prune-base:1')
    const base = await daemon.ok('create', 'busybox')
    const all = await daemon.ok('image', 'prune', '-af')
    expect(all).toContain('untagged: prune-unused:1')
    expect(all).not.toContain(kept)
    expect(await idOf('prune-kept:1')).toBe(kept)
    expect((await daemon.api('POST', '/images/prune')).json()).toEqual({ ImagesDeleted: null, SpaceReclaimed: 0 })
    await daemon.ok('rm', used, base)
  })

  test('what an image was built on goes with it, and is told once', async () => {
    const keeper = await daemon.ok('create', 'busybox')
    await daemon.ok('image', 'prune', '-af')
    const { code } = await daemon.docker(['build', '-q', '-t', 'prune-steps:1', '-'], { input: 'FROM busybox\nENV a=1\nENV b=2\nENV c=3\n' })
    expect(code).toBe(0)
    const deleted = (await daemon.ok('image', 'prune', '-af')).split('\n').filter((line) => line.startsWith('deleted: '))
    expect(deleted).toHaveLength(3)
    expect(new Set(deleted).size).toBe(3)
    await daemon.ok('rm', keeper)
  })
})
