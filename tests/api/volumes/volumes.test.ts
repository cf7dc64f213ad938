import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { dockerArchive, tar } from '../images/archives.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  const layers = [
    await tar([
      { name: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
      ...['sh', 'cat', 'ls', 'stat', 'find', 'true'].map((name) => ({ name: `bin/${name}`, type: 'symlink' as const, linkname: 'busybox' })),
      { name: 'data/', type: 'directory', mode: 0o750, uid: 33, gid: 34 },
      ['data/first', 'from the image'],
      { name: 'data/link', type: 'symlink', linkname: 'first' },
      { name: 'data/sub/', type: 'directory', mode: 0o700 },
      ['data/sub/deep', 'deep'],
      { name: 'linked', type: 'symlink', linkname: 'data' },
    ]),
  ]
  await daemon.docker(['load'], {
    input: await dockerArchive({ layers, config: { Cmd: ['true'], Env: ['PATH=/bin'], Volumes: { '/declared': {} } } }, ['with-data:1']),
  })
})
afterEach(async () => {
  await daemon.removeAllContainers()
  await daemon.ok('volume', 'prune', '-af')
})
afterAll(() => daemon[Symbol.asyncDispose]())

const refused = async (...args: string[]) => {
  const { code, stderr } = await daemon.docker(args)
  expect([args, code === 0]).toEqual([args, false])
  return stderr.trim()
}
const sh = (script: string, ...options: string[]) => daemon.ok('run', '--rm', ...options, 'busybox', 'sh', '-c', script)
const mountsOf = async (id: string) => JSON.parse(await daemon.ok('inspect', '-f', '{{json .Mounts}}', id)) as Record<string, unknown>[]
const names = async (...args: string[]) => (await daemon.ok('volume', 'ls', '-q', ...args)).split('\n').filter(Boolean)

describe('named volumes', () => {
  test('create, inspect, ls, rm', async () => {
    expect(await daemon.ok('volume', 'create', '--label', 'a=b', 'plain')).toBe('plain')
    const [volume] = JSON.parse(await daemon.ok('volume', 'inspect', 'plain'))
    expect(volume).toEqual({
      CreatedAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      Driver: 'local',
      Labels: { a: 'b' },
      Mountpoint: join(daemon.dataRoot, 'volumes/plain/_data'),
      Name: 'plain',
      Options: null,
      Scope: 'local',
    })
    expect((await stat(volume.Mountpoint)).isDirectory()).toBe(true)
    expect(await daemon.ok('volume', 'ls')).toMatch(/^DRIVER\s+VOLUME NAME\nlocal\s+plain$/m)
    expect(await daemon.ok('volume', 'create', '--label', 'other=1', 'plain')).toBe('plain')
    expect(await daemon.ok('volume', 'inspect', '-f', '{{.Labels}}', 'plain')).toBe('map[a:b]')
    expect(await daemon.ok('volume', 'rm', 'plain')).toBe('plain')
    await expect(stat(volume.Mountpoint)).rejects.toThrow(/ENOENT/)
    expect(await refused('volume', 'rm', 'plain')).toContain('get plain: no such volume')
    expect(await daemon.ok('volume', 'rm', '-f', 'plain')).toBe('plain')
    expect(await refused('volume', 'inspect', 'plain')).toContain('get plain: no such volume')
  })

  test('without a name it gets one, and counts as anonymous', async () => {
    const name = await daemon.ok('volume', 'create')
    expect(name).toMatch(/^[0-9a-f]{64}$/)
    expect(await daemon.ok('volume', 'inspect', '-f', '{{json .Labels}}', name)).toBe('{"com.docker.volume.anonymous":""}')
    await daemon.ok('volume', 'rm', name)
  })

  test('bad names, drivers and options', async () => {
    expect(await refused('volume', 'create', 'a/b')).toContain(
      'create a/b: "a/b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
    )
    expect(await refused('volume', 'create', '..')).toContain('includes invalid characters')
    expect(await refused('volume', 'create', 'x')).toContain('volume name is too short, names should be at least two alphanumeric characters')
    expect(await refused('volume', 'create', '-d', 'nfs', 'with-driver')).toContain(
      'create with-driver: error looking up volume plugin nfs: plugin "nfs" not found',
    )
    expect(await refused('volume', 'create', '-o', 'nonsense=1', 'with-option')).toContain('create with-option: invalid option: "nonsense"')
    expect(await names()).toEqual([])
  })

  test('filters', async () => {
    await daemon.ok('volume', 'create', '--label', 'x=1', 'filter-a')
    await daemon.ok('volume', 'create', '--label', 'x=2', 'filter-b')
    const user = await daemon.ok('create', '-v', 'filter-a:/a', 'busybox')
    expect(await names('-f', 'name=filter')).toEqual(['filter-a', 'filter-b'])
    expect(await names('-f', 'label=x=2')).toEqual(['filter-b'])
    expect(await names('-f', 'label=x')).toEqual(['filter-a', 'filter-b'])
    expect(await names('-f', 'dangling=true')).toEqual(['filter-b'])
    expect(await names('-f', 'dangling=false')).toEqual(['filter-a'])
    expect(await names('-f', 'driver=other')).toEqual([])
    expect(await refused('volume', 'ls', '-f', 'nonsense=1')).toContain("invalid filter 'nonsense'")
    await daemon.ok('rm', user)
    await daemon.ok('volume', 'rm', 'filter-a', 'filter-b')
  })

  test('what one container writes, the next one reads; the daemon’s death changes nothing', async () => {
    await sh('echo kept >/data/file', '-v', 'shared:/data')
    expect(await sh('cat /data/file', '-v', 'shared:/data')).toBe('kept')
    expect(await sh('cat /data/file; echo x >/data/file', '-v', 'shared:/data:ro').catch((error: Error) => error.message)).toMatch(/Read-only file system/)
    await daemon.stop('SIGKILL')
    await daemon.start()
    expect(await sh('cat /elsewhere/file', '--mount', 'type=volume,source=shared,target=/elsewhere,readonly')).toBe('kept')
    await daemon.ok('volume', 'rm', 'shared')
  })

  test('one that a container has cannot be removed, not even by force, until that is gone', async () => {
    const [first, second] = [
      await daemon.ok('create', '-v', 'in-use:/a', 'busybox'),
      await daemon.ok('run', '-d', '-v', 'in-use:/b', 'busybox', 'sleep', '1000'),
    ]
    const message = await refused('volume', 'rm', 'in-use')
    expect(message).toMatch(/remove in-use: volume is in use - \[/)
    for (const id of [first, second]) expect(message).toContain(id)
    expect(await refused('volume', 'rm', '-f', 'in-use')).toContain('volume is in use')
    await daemon.ok('rm', '-f', first, second)
    expect(await names('-f', 'name=in-use')).toEqual(['in-use'])
    await daemon.ok('volume', 'rm', 'in-use')
  })
})

describe('first content', () => {
  const listing = (where: string, ...options: string[]) =>
    daemon.ok('run', '--rm', ...options, 'with-data:1', 'sh', '-c', `find ${where} | while read f; do stat -c "%n %u:%g %a" "$f"; done`)
  const content = (where: string) => [
    `${where} 33:34 750`,
    `${where}/first 0:0 644`,
    `${where}/link 0:0 777`,
    `${where}/sub 0:0 700`,
    `${where}/sub/deep 0:0 644`,
  ]

  test('of an empty named volume is what the image has there: owners, modes and links too', async () => {
    expect((await listing('/data', '-v', 'copied:/data')).split('\n').sort()).toEqual(content('/data'))
    await sh('echo changed >/data/first; rm /data/link', '-v', 'copied:/data')
    expect(await daemon.ok('run', '--rm', '-v', 'copied:/data', 'with-data:1', 'sh', '-c', 'cat /data/first; ls /data')).toBe('changed\nfirst\nsub')
    await daemon.ok('volume', 'rm', 'copied')
  })

  test('is there from create on, and with nocopy not at all', async () => {
    const id = await daemon.ok('create', '-v', 'early:/data', 'with-data:1')
    expect((await readdir(join(daemon.dataRoot, 'volumes/early/_data'))).sort()).toEqual(['first', 'link', 'sub'])
    await daemon.ok('rm', id)
    expect(await daemon.ok('run', '--rm', '-v', 'empty:/data:nocopy', 'with-data:1', 'ls', '/data')).toBe('')
    expect(await daemon.ok('run', '--rm', '--mount', 'type=volume,source=empty2,target=/data,volume-nocopy', 'with-data:1', 'ls', '/data')).toBe('')
    await daemon.ok('volume', 'rm', 'early', 'empty', 'empty2')
  })

  test('by a path that is a link in the image', async () => {
    expect(await daemon.ok('run', '--rm', '-v', 'by-link:/linked', 'with-data:1', 'cat', '/linked/first')).toBe('from the image')
    await daemon.ok('volume', 'rm', 'by-link')
  })

  test('is not for binds', async () => {
    const folder = join(daemon.root, 'bound')
    await mkdir(folder)
    expect(await daemon.ok('run', '--rm', '-v', `${folder}:/data`, 'with-data:1', 'ls', '/data')).toBe('')
  })
})

describe('anonymous volumes', () => {
  test('of the image and of -v PATH: there from create on, gone with rm -v', async () => {
    const id = await daemon.ok('create', '-v', '/more', 'with-data:1')
    const mounts = await mountsOf(id)
    expect(mounts.map((mount) => [mount.Destination, mount.Type, mount.Mode, mount.RW, mount.Propagation])).toEqual([
      ['/declared', 'volume', '', true, ''],
      ['/more', 'volume', '', true, ''],
    ])
    expect((await names()).sort()).toEqual(mounts.map(({ Name }) => String(Name)).sort())
    await daemon.ok('rm', id)
    expect(await names()).toHaveLength(2)
    await daemon.ok('volume', 'prune', '-f')
    const other = await daemon.ok('create', '-v', '/more', '-v', 'named:/named', 'with-data:1')
    await daemon.ok('rm', '-v', other)
    expect(await names()).toEqual(['named'])
    await daemon.ok('volume', 'rm', 'named')
  })

  test('go with --rm, also when the start fails or the daemon was away', async () => {
    await daemon.ok('run', '--rm', 'with-data:1', 'true')
    expect((await daemon.docker(['run', '--rm', 'with-data:1', 'no-such-program'])).code).toBe(127)
    expect(await names()).toEqual([])
    const id = await daemon.ok('run', '-d', '--rm', '-v', '/more', 'busybox', 'sleep', '1000')
    const pid = Number(await daemon.ok('inspect', '-f', '{{.State.Pid}}', id))
    await daemon.stop('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await daemon.start()
    // Its end may have been seen only then.
    await until('it to be gone', async () => (await daemon.ok('ps', '-aq', '-f', `id=${id}`)) === '')
    expect(await names()).toEqual([])
  })

  test('a declared path that is mounted otherwise needs none', async () => {
    const id = await daemon.ok('create', '-v', 'chosen:/declared', 'with-data:1')
    expect(await mountsOf(id)).toMatchObject([{ Name: 'chosen', Destination: '/declared', Mode: 'z' }])
    await daemon.ok('rm', '-v', id)
    const tmpfs = await daemon.ok('create', '--tmpfs', '/declared', 'with-data:1')
    expect(await mountsOf(tmpfs)).toEqual([])
    await daemon.ok('rm', tmpfs)
    expect(await names()).toEqual(['chosen'])
    await daemon.ok('volume', 'rm', 'chosen')
  })

  test('--volumes-from shares them, and the last one out takes them along', async () => {
    const donor = await daemon.ok('create', '--name', 'donor', '-v', '/shared', 'busybox', 'sh', '-c', 'echo given >/shared/file')
    await daemon.ok('start', '-a', donor)
    expect(await sh('cat /shared/file', '--volumes-from', 'donor')).toBe('given')
    const { code, stderr } = await daemon.docker(['run', '--rm', '--volumes-from', 'donor:ro', 'busybox', 'touch', '/shared/x'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('Read-only file system')])
    const heir = await daemon.ok('create', '--volumes-from', 'donor', 'busybox')
    await daemon.ok('rm', '-v', donor)
    expect(await names()).toHaveLength(1)
    await daemon.ok('rm', '-v', heir)
    expect(await names()).toEqual([])
    expect(await refused('create', '--volumes-from', 'donor', 'busybox')).toContain('No such container: donor')
  })
})

describe('prune', () => {
  test('takes anonymous ones, with -a all, never what is in use; by label', async () => {
    const anonymous = await daemon.ok('volume', 'create')
    await daemon.ok('volume', 'create', '--label', 'keep=1', 'prune-kept')
    await daemon.ok('volume', 'create', 'prune-named')
    const user = await daemon.ok('create', '-v', 'prune-used:/x', '-v', '/y', 'busybox')
    await writeFile(join(daemon.dataRoot, 'volumes', anonymous, '_data', 'file'), 'x'.repeat(1000))
    expect(await daemon.ok('volume', 'prune', '-f')).toBe(`Deleted Volumes:\n${anonymous}\n\nTotal reclaimed space: 1kB`)
    expect(await daemon.ok('volume', 'prune', '-af', '--filter', 'label!=keep')).toBe('Deleted Volumes:\nprune-named\n\nTotal reclaimed space: 0B')
    expect((await daemon.api('POST', '/v1.51/volumes/prune')).json()).toEqual({ VolumesDeleted: [], SpaceReclaimed: 0 })
    expect((await daemon.api('POST', '/v1.41/volumes/prune')).json()).toEqual({ VolumesDeleted: ['prune-kept'], SpaceReclaimed: 0 })
    expect((await daemon.api('POST', '/volumes/prune?filters={"until":["1h"]}')).json()).toEqual({ message: "invalid filter 'until'" })
    await daemon.ok('rm', '-v', user)
    await daemon.ok('volume', 'rm', 'prune-used')
  })
})

describe('binds', () => {
  const folder = async (name: string) => {
    const path = join(daemon.root, name)
    await mkdir(path, { recursive: true })
    return path
  }

  test('a folder of the host, both ways; read-only when asked', async () => {
    const host = await folder('bind-a')
    await writeFile(join(host, 'in'), 'from the host')
    expect(await sh('cat /b/in; echo from the container >/b/out', '-v', `${host}:/b`)).toBe('from the host')
    expect(await readFile(join(host, 'out'), 'utf8')).toBe('from the container\n')
    const { code, stderr } = await daemon.docker(['run', '--rm', '-v', `${host}:/b:ro`, 'busybox', 'touch', '/b/x'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('Read-only file system')])
    const id = await daemon.ok('create', '-v', `${host}:/b:ro`, '--mount', `type=bind,source=${host},target=/c,readonly`, 'busybox')
    expect(await mountsOf(id)).toEqual([
      { Type: 'bind', Source: host, Destination: '/b', Mode: 'ro', RW: false, Propagation: 'rprivate' },
      { Type: 'bind', Source: host, Destination: '/c', Mode: '', RW: false, Propagation: 'rprivate' },
    ])
    await daemon.ok('rm', id)
  })

  test('a file, a folder in a folder, and a place that the image has not', async () => {
    const [outer, inner] = [await folder('outer'), await folder('inner')]
    await writeFile(join(outer, 'file'), 'outer')
    await writeFile(join(inner, 'file'), 'inner')
    expect(
      await sh(
        'cat /x/file /x/y/file /etc/passwd /new/place/f',
        '-v',
        `${inner}:/x/y`,
        '-v',
        `${outer}:/x`,
        '-v',
        `${inner}/file:/etc/passwd:ro`,
        '-v',
        `${outer}/file:/new/place/f`,
      ),
    ).toBe('outerinnerinnerouter')
  })

  test('-v makes a folder that is not there, --mount refuses', async () => {
    const path = join(daemon.root, 'not/there/yet')
    expect(await sh('ls -d /b', '-v', `${path}:/b`)).toBe('/b')
    expect((await stat(path)).isDirectory()).toBe(true)
    const missing = join(daemon.root, 'missing')
    expect(await refused('create', '--mount', `type=bind,source=${missing},target=/b`, 'busybox')).toContain(
      `invalid mount config for type "bind": bind source path does not exist: ${missing}`,
    )
    await expect(stat(missing)).rejects.toThrow(/ENOENT/)
  })

  test('a folder that went away between two starts', async () => {
    const path = await folder('goes')
    const id = await daemon.ok('create', '-v', `${path}:/b`, 'busybox', 'ls', '/b')
    const { rm } = await import('node:fs/promises')
    await rm(path, { recursive: true })
    expect(await daemon.ok('start', '-a', id)).toBe('')
    await daemon.ok('rm', id)
  })

  test('a folder over a file is told as such', async () => {
    const path = await folder('a-folder')
    const { code, stderr } = await daemon.docker(['run', '--rm', '-v', `${path}:/etc/passwd`, 'busybox', 'true'])
    expect(code).toBe(125)
    expect(stderr).toContain(
      'Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type',
    )
  })

  test('sub-mounts of the host come along', async () => {
    const { run } = await import('../../harness/run.ts')
    const host = await folder('with-mount')
    await mkdir(join(host, 'sub'))
    await run('mount', ['-t', 'tmpfs', 'er-sub', join(host, 'sub')])
    try {
      await writeFile(join(host, 'sub', 'file'), 'below')
      expect(await sh('cat /b/sub/file', '-v', `${host}:/b`)).toBe('below')
    } finally {
      await run('umount', [join(host, 'sub')])
    }
  })

  test('bad specifications', async () => {
    for (const [wish, message] of [
      ['relative/path:/b', 'includes invalid characters for a local volume name'],
      ['/a:b', 'mount path must be absolute'],
      ['/a:/', "destination can't be '/'"],
      ['/a:/b:nonsense', 'invalid mode: nonsense'],
      ['/a:/b:ro:x', 'invalid'],
    ] as const)
      expect(await refused('create', '-v', wish, 'busybox')).toContain(message)
    expect(await refused('create', '-v', '/a:/b', '-v', '/c:/b', 'busybox')).toContain('Duplicate mount point: /b')
    expect(await refused('create', '--mount', 'type=nonsense,target=/x', 'busybox')).toMatch(/mount type unknown|invalid/)
    expect(await names()).toEqual([])
  })
})

describe('tmpfs', () => {
  test('--tmpfs with options, gone at the end', async () => {
    const id = await daemon.ok(
      'create',
      '--tmpfs',
      '/t:size=1m,mode=1770',
      '--mount',
      'type=tmpfs,target=/u,tmpfs-size=2m,tmpfs-mode=700',
      'busybox',
      'sh',
      '-c',
      'ls /t; echo x >/t/x; grep -E " /(t|u) " /proc/mounts | cut -d" " -f2,3,4 | sort; stat -c %a /t /u',
    )
    const lines = (await daemon.ok('start', '-a', id)).split('\n')
    expect(lines[0]).toMatch(/^\/t tmpfs rw,nosuid,nodev,noexec,.*size=1024k/)
    expect(lines[1]).toMatch(/^\/u tmpfs rw,nosuid,nodev,noexec,.*size=2048k/)
    expect(lines.slice(2)).toEqual(['1770', '700'])
    // Modes are left out here: Debian's runc takes that of the folder below once there is one.
    expect((await daemon.ok('start', '-a', id)).split('\n').slice(0, 2)).toEqual(lines.slice(0, 2))
    expect(await mountsOf(id)).toEqual([{ Type: 'tmpfs', Source: '', Destination: '/u', Mode: '', RW: true, Propagation: '' }])
    expect(JSON.parse(await daemon.ok('inspect', '-f', '{{json .HostConfig.Tmpfs}}', id))).toEqual({ '/t': 'size=1m,mode=1770' })
    await daemon.ok('rm', id)
  })
})

describe('what a crash leaves', () => {
  test('folders without a volume go at the next start; a volume without its folder gets it back', async () => {
    await daemon.ok('volume', 'create', 'survivor')
    const root = join(daemon.dataRoot, 'volumes')
    await daemon.stop('SIGKILL')
    await mkdir(join(root, 'half-made/_data'), { recursive: true })
    await chmod(join(root, 'half-made'), 0o700)
    await symlink('/etc', join(root, 'a-link'))
    const { rm } = await import('node:fs/promises')
    await rm(join(root, 'survivor'), { recursive: true })
    await daemon.start()
    expect((await readdir(root)).sort()).toEqual(['survivor'])
    expect(await names()).toEqual(['survivor'])
    expect(await sh('ls /v', '-v', 'survivor:/v')).toBe('')
    expect(await readFile('/etc/passwd', 'utf8')).toContain('root')
    await daemon.ok('volume', 'rm', 'survivor')
  })
})

describe('many at once', () => {
  test('one name is one volume, whoever asks', async () => {
    const since = String(Date.now() / 1000)
    const answers = await Promise.all(Array.from({ length: 12 }, () => daemon.api('POST', '/volumes/create', { Name: 'contended' })))
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect((await stat(join(daemon.dataRoot, 'volumes/contended/_data'))).isDirectory()).toBe(true)
    const events = await daemon.ok(
      'events',
      '--since',
      since,
      '--until',
      String((Date.now() + 1) / 1000),
      '--filter',
      'event=create',
      '--format',
      '{{.Actor.ID}}',
    )
    expect(events).toBe('contended')
  })

  test('a removed volume and a new one of its name do not meet', async () => {
    for (let i = 0; i < 10; i++) {
      await daemon.api('POST', '/volumes/create', { Name: 'again' })
      for (let file = 0; file < 20; file++) await writeFile(join(daemon.dataRoot, 'volumes/again/_data', `${file}`), '')
      const [removed, made] = await Promise.all([daemon.api('DELETE', '/volumes/again'), daemon.api('POST', '/volumes/create', { Name: 'again' })])
      expect([removed.status, made.status]).toEqual([204, 201])
      if (await daemon.ok('volume', 'ls', '-q', '-f', 'name=^again$')) expect(await readdir(join(daemon.dataRoot, 'volumes/again/_data'))).toEqual([])
    }
  })

  test('prune takes no volume from a container that is being made', async () => {
    let isOver = false
    const pruning = (async () => {
      while (!isOver) await daemon.api('POST', `/volumes/prune?filters=${encodeURIComponent('{"all":["true"]}')}`)
    })()
    const create = (i: number) => daemon.api('POST', '/containers/create', { Image: 'with-data:1', HostConfig: { Binds: [`pruned-${i}:/data`, '/more'] } })
    const made = await Promise.all(Array.from({ length: 10 }, (_, i) => create(i)))
    isOver = true
    await pruning
    for (const { status, body } of made) {
      expect(status).toBe(201)
      for (const { Source } of await mountsOf(JSON.parse(body).Id)) expect((await stat(String(Source))).isDirectory()).toBe(true)
    }
    expect((await names()).length).toBe(30)
  })

  test('a create that fails leaves no volume behind', async () => {
    expect(await refused('create', '-v', 'half:/half', '-v', '/anonymous', '-v', '/a:/', 'busybox')).toContain("destination can't be '/'")
    expect(await names()).toEqual([])
    await daemon.ok('volume', 'create', 'older')
    expect(await refused('create', '-v', 'older:/half', '-v', '/a:/', 'busybox')).toContain("destination can't be '/'")
    expect(await names()).toEqual(['older'])
    await daemon.ok('volume', 'rm', 'older')
  })
})

test('events tell of volumes', async () => {
  const since = String(Date.now() / 1000)
  await sh('true', '-v', 'eventful:/e')
  await daemon.ok('volume', 'rm', 'eventful')
  const lines = (
    await daemon.ok(
      'events',
      '--since',
      since,
      '--until',
      String(Date.now() / 1000),
      '--filter',
      'type=volume',
      '--format',
      '{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.driver}}',
    )
  ).split('\n')
  expect(lines).toEqual(['create eventful local', 'mount eventful local', 'unmount eventful local', 'destroy eventful local'])
})
