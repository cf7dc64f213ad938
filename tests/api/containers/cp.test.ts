import { chmod, chown, link, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import tar from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
/** A folder of the host to copy from and to. */
let here: string
beforeAll(async () => {
  daemon = await startDaemon()
  here = join(daemon.root, 'here')
  await mkdir(join(here, 'tree/sub'), { recursive: true })
  await writeFile(join(here, 'tree/sub/x'), 'x\n')
  await chown(join(here, 'tree/sub/x'), 1000, 1001)
  await chmod(join(here, 'tree/sub/x'), 0o4750)
  await symlink('/etc/passwd', join(here, 'tree/link'))
  await link(join(here, 'tree/sub/x'), join(here, 'tree/hard'))
  await run('mkfifo', [join(here, 'tree/pipe')])
  await writeFile(join(here, 'file'), 'from the host\n')
})
afterAll(() => daemon[Symbol.asyncDispose]())

const cp = (...args: string[]) => daemon.docker(['cp', ...args], { cwd: here })

async function copy(...args: string[]): Promise<void> {
  const { code, stderr } = await cp(...args)
  if (code !== 0) throw new Error(`docker cp ${args.join(' ')}: ${stderr}`)
}

async function refusal(...args: string[]): Promise<string> {
  const { code, stderr } = await cp(...args)
  expect(code).toBe(1)
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !line.includes('closed pipe'))
    .join('\n') // The client's own noise.
}

/** One line for each entry of a path in a container: type and mode, owner, name. */
async function listing(path: string): Promise<string[]> {
  const file = join(here, 'listing.tar')
  await run('sh', ['-c', 'docker cp "$1" - > "$2"', 'sh', path, file], { env: { DOCKER_HOST: `unix://${daemon.socketPath}` } })
  const { stdout } = await run('tar', ['--numeric-owner', '-tvf', file])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ +\d+ \d{4}-\d\d-\d\d \d\d:\d\d /, ' '))
    .sort()
}

async function pathStat(name: string, path: string) {
  const { status, headers } = await daemon.api('HEAD', `/containers/${name}/archive?path=${encodeURIComponent(path)}`)
  const header = headers['x-docker-container-path-stat']
  return { status, stat: header === undefined ? undefined : (JSON.parse(Buffer.from(String(header), 'base64').toString()) as Record<string, unknown>) }
}

const SETUP =
  'mkdir -p /d/e /links; echo 1 > /d/e/f; ln /d/e/f /d/h; mkfifo /d/p; ln -s /d /links/abs; ln -s ../../../../d /links/climb; ln -s gone /links/dangling; echo v > /data/v'

describe.each(['running', 'stopped'])('a %s container', (state) => {
  const name = `one-${state}`
  beforeAll(async () => {
    await daemon.ok('run', '-d', '--name', name, '-v', '/data', 'busybox', 'sh', '-c', `${SETUP}; touch /ready; exec sleep 1000`)
    while ((await daemon.docker(['exec', name, 'test', '-e', '/ready'])).code !== 0);
    if (state === 'stopped') await daemon.ok('kill', name)
  })

  test('gives files and folders, named after the path that was asked for', async () => {
    expect(await listing(`${name}:/d`)).toEqual([
      '-rw-r--r-- 0/0 d/e/f',
      'drwxr-xr-x 0/0 d/',
      'drwxr-xr-x 0/0 d/e/',
      'hrw-r--r-- 0/0 d/h link to d/e/f',
      'prw-r--r-- 0/0 d/p',
    ])
    expect(await listing(`${name}:/d/.`)).toContain('-rw-r--r-- 0/0 ./e/f')
    expect(await listing(`${name}:/d/e/f`)).toEqual(['-rw-r--r-- 0/0 f'])
    expect(await listing(`${name}:/`)).toEqual(expect.arrayContaining(['-rw-r--r-- 0/0 /d/e/f', '-rw-r--r-- 0/0 /data/v', 'drwxr-xr-x 0/0 /proc/']))
  })

  test('gives a link as a link, and what it leads to when asked: never a file of the host', async () => {
    expect(await listing(`${name}:/links/abs`)).toEqual(['lrwxrwxrwx 0/0 abs -> /d'])
    expect(await listing(`${name}:/links/climb/`)).toContain('-rw-r--r-- 0/0 climb/e/f')
    expect(await listing(`${name}:/links/climb/e`)).toContain('-rw-r--r-- 0/0 e/f')
    await copy('-L', `${name}:/links/abs`, 'followed')
    expect(await readFile(join(here, 'followed/e/f'), 'utf8')).toBe('1\n')
    await rm(join(here, 'followed'), { recursive: true })
  })

  test('gives what is in its volumes, and the files that the engine writes for it', async () => {
    expect(await listing(`${name}:/data`)).toContain('-rw-r--r-- 0/0 data/v')
    await copy(`${name}:/etc/hosts`, 'hosts')
    expect(await readFile(join(here, 'hosts'), 'utf8')).toContain('localhost')
    expect(await listing(`${name}:/etc`)).toContain('-rw-r--r-- 0/0 etc/hosts')
  })

  test('takes a file into a folder, under a new name, over a file, through a link', async () => {
    await copy('file', `${name}:/tmp`)
    await copy('file', `${name}:/tmp/new`)
    await copy('file', `${name}:/tmp/new`)
    await copy('file', `${name}:/links/climb/via`)
    await copy('file', `${name}:/links/dangling`)
    await copy('file', `${name}:/data`)
    for (const path of ['/tmp/file', '/tmp/new', '/d/via', '/links/gone', '/data/file']) {
      await copy(`${name}:${path}`, 'back')
      expect(await readFile(join(here, 'back'), 'utf8')).toBe('from the host\n')
    }
  })

  test('takes a tree with owners, modes, links and pipes, and gives it back as it was', async () => {
    const expected = (top: string) => [
      `drwxr-xr-x 0/0 ${top}`,
      `drwxr-xr-x 0/0 ${top}sub/`,
      expect.stringMatching(/^[-h]rwsr-x--- 1000\/1001 .*hard/),
      expect.stringMatching(/^[-h]rwsr-x--- 1000\/1001 .*sub\/x/),
      `lrwxrwxrwx 0/0 ${top}link -> /etc/passwd`,
      `prw-r--r-- 0/0 ${top}pipe`,
    ]
    await copy('tree', `${name}:/tmp`)
    await copy('tree', `${name}:/tmp/named`)
    await copy('tree/.', `${name}:/tmp/named`)
    await copy('tree', `${name}:/data`)
    for (const [path, top] of [
      ['/tmp/tree', 'tree/'],
      ['/tmp/named', 'named/'],
      ['/data/tree', 'tree/'],
    ] as const) {
      const lines = await listing(`${name}:${path}`)
      expect(lines).toHaveLength(6)
      expect(lines).toEqual(expect.arrayContaining(expected(top)))
    }
    await copy('-a', `${name}:/tmp/tree`, 'returned')
    expect(await readlink(join(here, 'returned/link'))).toBe('/etc/passwd')
    const [x, hard] = await Promise.all([stat(join(here, 'returned/sub/x')), stat(join(here, 'returned/hard'))])
    expect([x.mode & 0o7777, x.ino === hard.ino]).toEqual([0o4750, true])
    expect(Math.floor(x.mtimeMs / 1000)).toBe(Math.floor((await stat(join(here, 'tree/sub/x'))).mtimeMs / 1000))
    await rm(join(here, 'returned'), { recursive: true })
  })

  test('tells of a path what docker tells', async () => {
    expect((await pathStat(name, '/d')).stat).toMatchObject({ name: 'd', mode: 2_147_484_141, linkTarget: '' })
    expect((await pathStat(name, '/d/.')).stat).toMatchObject({ name: '.' })
    expect((await pathStat(name, '/')).stat).toMatchObject({ name: '/' })
    expect((await pathStat(name, '/links/climb')).stat).toMatchObject({ name: 'climb', size: 13, mode: 134_218_239, linkTarget: '/d' })
    expect((await pathStat(name, '/links/dangling')).stat).toMatchObject({ linkTarget: expect.stringMatching(/^\/links\/gone$/) })
    expect((await pathStat(name, '/data/v')).stat).toMatchObject({ name: 'v', size: 2, mode: 420, mtime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) })
    expect(await pathStat(name, '/nope')).toEqual({ status: 404, stat: undefined })
    expect((await pathStat(name, '/bin/sh/x')).status).toBe(500)
  })

  test('refuses in docker’s words', async () => {
    expect(await refusal(`${name}:/nope`, '.')).toBe(`Error response from daemon: Could not find the file /nope in container ${name}`)
    expect(await refusal('file', `${name}:/no/dir/x`)).toBe(`Error response from daemon: Could not find the file /no/dir in container ${name}`)
    expect(await refusal('tree', `${name}:/bin/sh`)).toBe('cannot copy directory')
    const put = (path: string, body: Buffer | string = '') => daemon.api('PUT', `/containers/${name}/archive?path=${path}&noOverwriteDirNonDir=true`, body)
    expect((await put('')).json()).toEqual({ message: 'bad parameter: pathcannot be empty' })
    expect([(await put('/bin/busybox')).status, (await put('/bin/busybox')).json()]).toEqual([400, { message: 'extraction point is not a directory' }])
    expect((await daemon.api('PUT', '/containers/nobody/archive?path=/')).json()).toEqual({ message: 'No such container: nobody' })
    expect((await put('/tmp', 'junk')).json()).toEqual({ message: 'unexpected EOF' })
    expect((await put('/tmp')).status).toBe(200)
  })
})

describe('what is there already', () => {
  beforeAll(async () => {
    await daemon.ok(
      'run',
      '--name',
      'full',
      'busybox',
      'sh',
      '-c',
      'mkdir -p /t/folder/deep; echo > /t/folder/deep/f; echo > /t/file; ln -s /t/folder /t/link; chmod 700 /t/folder',
    )
    await mkdir(join(here, 'kinds/a/file'), { recursive: true })
    await mkdir(join(here, 'kinds/b'), { recursive: true })
    await writeFile(join(here, 'kinds/b/folder'), 'a file\n')
    await mkdir(join(here, 'kinds/c/folder/more'), { recursive: true })
    await mkdir(join(here, 'kinds/d/link'), { recursive: true })
  })

  async function put(folder: string, query: string) {
    const archive = join(here, 'kinds.tar')
    await run('tar', ['-C', join(here, 'kinds', folder), '-cf', archive, '--', ...(await readdir(join(here, 'kinds', folder)))])
    return daemon.api('PUT', `/containers/full/archive?path=/t&${query}`, await readFile(archive))
  }

  test('is not changed from a folder to something else, or back, when that is asked for', async () => {
    const strict = 'noOverwriteDirNonDir=true'
    expect((await put('a', strict)).json()).toEqual({ message: 'cannot overwrite non-directory "/t/file" with directory "/t"' })
    expect((await put('b', strict)).json()).toEqual({ message: 'cannot overwrite directory "/t/folder" with non-directory "/t"' })
    expect((await put('d', strict)).json()).toEqual({ message: 'cannot overwrite non-directory "/t/link" with directory "/t"' })
    expect(await listing('full:/t')).toContain('-rw-r--r-- 0/0 t/folder/deep/f')
  })

  test('is merged when both are folders, and replaced otherwise', async () => {
    expect((await put('c', 'noOverwriteDirNonDir=true')).status).toBe(200)
    expect(await listing('full:/t')).toEqual(
      expect.arrayContaining(['drwxr-xr-x 0/0 t/folder/', 'drwxr-xr-x 0/0 t/folder/more/', '-rw-r--r-- 0/0 t/folder/deep/f']),
    )
    expect((await put('d', '')).status).toBe(200)
    expect(await listing('full:/t')).toContain('drwxr-xr-x 0/0 t/link/')
    expect((await put('b', '')).status).toBe(200)
    expect((await put('a', '')).status).toBe(200)
    expect(await listing('full:/t')).toEqual(['-rw-r--r-- 0/0 t/folder', 'drwxr-xr-x 0/0 t/', 'drwxr-xr-x 0/0 t/file/', 'drwxr-xr-x 0/0 t/link/'])
  })
})

describe('archives of other kinds', () => {
  let upper: string
  beforeAll(async () => {
    const id = await daemon.ok('create', '--name', 'odd', 'busybox')
    upper = join(daemon.dataRoot, 'containers', id, 'upper/tmp')
    await mkdir(join(here, 'odd'))
    await run('mknod', [join(here, 'odd/null'), 'c', '1', '3'])
    await writeFile(join(here, 'odd/plain'), 'content')
    await run('truncate', ['-s', '8M', join(here, 'odd/holes')])
  })

  async function put(archive: Buffer): Promise<void> {
    const { status, body } = await daemon.api('PUT', '/containers/odd/archive?path=/tmp', archive)
    expect([status, body]).toEqual([200, ''])
  }

  async function tarred(...args: string[]): Promise<Buffer> {
    const path = join(here, 'odd.tar')
    expect((await run('tar', ['-C', join(here, 'odd'), '-cf', path, ...args])).stderr).toBe('')
    return readFile(path)
  }

  test.each(['--gzip', '--bzip2', '--xz', '--no-auto-compress'])('%s: with devices, and folders that have no entry of their own', async (compression) => {
    await put(await tarred(compression, 'plain', 'null', '--transform=s,^plain,new/folder/plain,'))
    const lines = (await listing('odd:/tmp')).map((line) => line.replace(/ +1,3 .* /, ' 1,3 '))
    expect(lines).toEqual(expect.arrayContaining(['-rw-r--r-- 0/0 tmp/new/folder/plain', 'crw-r--r-- 0/0 1,3 tmp/null', 'drwxr-xr-x 0/0 tmp/new/']))
  })

  test.each(['gnu', 'pax'])('files with holes, in the %s format, keep them', async (format) => {
    await put(await tarred('--sparse', `--format=${format}`, 'holes', `--transform=s,holes,${format},`))
    const { size, blocks } = await stat(join(upper, format))
    expect([size, blocks * 512 < 1024 * 1024]).toEqual([8 * 1024 * 1024, true])
  })

  test('capabilities of programs go in and come out', async () => {
    const capability = '\u0001\0\0\u0002\0\u0020\0\0\0\0\0\0\0\0\0\0\0\0\0\0' // cap_net_raw=ep, of version 2
    const pack = tar.pack()
    pack.entry({ name: 'able', mode: 0o755, pax: { 'SCHILY.xattr.security.capability': capability } }, 'program')
    pack.finalize()
    await put(await buffer(pack))
    expect(await readFile(join(upper, 'able'), 'utf8')).toBe('program')
    await writeFile(join(here, 'able.tar'), (await daemon.api('GET', '/containers/odd/archive?path=/tmp/able')).body)
    expect((await run('tar', ['--xattrs', '--xattrs-include=*', '-tvvf', join(here, 'able.tar')])).stdout).toMatch(
      /^-rwxr-xr-x\* .* able\n +x: 20 security\.capability$/m,
    )
  })

  test('nothing is left of what was unpacked on the way', async () => {
    expect((await readdir(join(daemon.dataRoot, 'containers'))).filter((entry) => entry.startsWith('copy-'))).toEqual([])
  })
})

test('entries cannot leave the folder that they are for', async () => {
  await daemon.ok('create', '--name', 'strict', 'busybox')
  await run('tar', ['-C', here, '-cPf', join(here, 'bad.tar'), 'file', '--transform=s,^,../../,'])
  const put = async () => (await daemon.api('PUT', '/containers/strict/archive?path=/tmp', await readFile(join(here, 'bad.tar')))).json<{ message: string }>()
  expect(await put()).toEqual({ message: '"../../file" is outside of "/tmp"' })
  await writeFile(join(here, 'other'), '')
  await run('sh', [
    '-c',
    'cd "$1" && mkdir -p hl && echo > hl/a && ln hl/a hl/b && tar -C hl -cPf bad.tar a b --transform="flags=h;s,^,../../etc/,"',
    'sh',
    here,
  ])
  expect(await put()).toEqual({ message: 'invalid hardlink "/etc/a" -> "../../etc/a"' })
})

test('a read-only root, a read-only volume, and a container that never ran', async () => {
  await daemon.ok('volume', 'create', 'shared')
  await daemon.ok('create', '--name', 'guarded', '--read-only', '-v', 'shared:/data', '-v', 'shared:/a/b/ro:ro', 'busybox')
  expect(await refusal('file', 'guarded:/tmp')).toBe('Error response from daemon: container rootfs is marked read-only')
  expect(await refusal('file', 'guarded:/a/b/ro')).toBe('Error response from daemon: mounted volume is marked read-only')
  await copy('file', 'guarded:/data')
  expect(await listing('guarded:/a')).toEqual(['-rw-r--r-- 0/0 a/b/ro/file', 'drwxr-xr-x 0/0 a/', 'drwxr-xr-x 0/0 a/b/', 'drwxr-xr-x 0/0 a/b/ro/'])
  expect((await daemon.ok('diff', 'guarded')).split('\n')).toEqual(['A /a', 'A /a/b', 'A /a/b/ro', 'A /data'])
  const id = await daemon.ok('create', '-v', 'shared:/x/ro:ro', 'busybox')
  await run('tar', ['-C', here, '-cf', join(here, 'deep.tar'), 'file', '--transform=s,^,x/ro/,'])
  const answer = await daemon.api('PUT', `/containers/${id}/archive?path=/`, await readFile(join(here, 'deep.tar')))
  expect([answer.status, answer.json()]).toEqual([500, { message: 'open /x/ro/file: read-only file system' }])
})

test('what is copied with copyUIDGID belongs to the container’s user', async () => {
  await daemon.ok('run', '--name', 'base', 'busybox', 'sh', '-c', 'mkdir -p /etc; echo "app:x:77:88::/:/bin/sh" >> /etc/passwd')
  await daemon.ok('commit', 'base', 'with-user')
  await daemon.ok('create', '--name', 'owned', '--user', 'app', 'with-user')
  await copy('-a', 'tree', 'owned:/tmp')
  expect((await listing('owned:/tmp/tree')).every((line) => line.includes(' 77/88 '))).toBe(true)
})

test('an upload that is refused, and a client that goes away, leave the daemon whole', async () => {
  await daemon.ok('create', '--name', 'patient', 'busybox')
  await run('sh', ['-c', 'head -c 30M /dev/zero > "$1/zeros" && tar -C "$1" -cf "$1/zeros.tar" zeros', 'sh', here])
  const zeros = await readFile(join(here, 'zeros.tar'))
  expect((await daemon.api('PUT', '/containers/patient/archive?path=/nope', zeros)).status).toBe(404)
  const outgoing = request({ socketPath: daemon.socketPath, method: 'PUT', path: '/containers/patient/archive?path=/tmp' })
  outgoing.on('error', () => undefined) // We hang up ourselves.
  outgoing.write(zeros.subarray(0, 1024 * 1024))
  const upper = join(daemon.dataRoot, 'containers', await daemon.ok('inspect', '-f', '{{.Id}}', 'patient'), 'upper/tmp/zeros')
  await until('the copy to have begun', async () => (await stat(upper)).size > 0)
  outgoing.destroy()
  expect((await daemon.api('PUT', '/containers/patient/archive?path=/tmp', zeros)).status).toBe(200)
  await copy('patient:/tmp/zeros', 'zeros-back')
  expect((await stat(join(here, 'zeros-back'))).size).toBe(30 * 1024 * 1024)
})

test('copies are events, and leave no mount behind', async () => {
  const since = Math.floor(Date.now() / 1000)
  const id = await daemon.ok('create', '--name', 'watched', 'busybox')
  await copy('file', 'watched:/tmp')
  await copy('watched:/tmp/file', 'back')
  await daemon.ok('rm', id)
  const events = await daemon.ok(
    'events',
    '--since',
    `${since}`,
    '--until',
    `${Math.ceil(Date.now() / 1000) + 1}`,
    '--filter',
    `container=${id}`,
    '--format',
    '{{.Action}}',
  )
  expect(events.split('\n')).toEqual(['create', 'extract-to-dir', 'archive-path', 'destroy'])
  const stopped = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(`${daemon.root}/`))
  expect(stopped).toHaveLength((await daemon.ok('ps', '-q')).split('\n').filter(Boolean).length)
})

describe('a container that swaps a folder for a link to the host as fast as it can', () => {
  let secret: string
  beforeAll(async () => {
    secret = join(daemon.root, 'secret')
    await mkdir(secret)
    await writeFile(join(secret, 'file'), 'of the host')
    // Both names exist on both sides, so that only the content tells where a copy came from.
    const swap = `mkdir -p /race/d; echo -n own > /race/d/file; cd /race; while :; do mv d e; ln -s ${secret} d; rm d; mv e d; done`
    await daemon.ok('run', '-d', '--name', 'swapper', '--network', 'none', 'busybox', 'sh', '-c', swap)
  })

  const ROUNDS = 300

  test('gets nothing of the host into an archive', async () => {
    let own = 0
    for (let round = 0; round < ROUNDS; round++) {
      const path = ['/race/d/file', '/race/d/', '/race', '/race/d/.'][round % 4]
      const { status, body } = await daemon.api('GET', `/containers/swapper/archive?path=${path}`)
      expect(body).not.toContain('of the host')
      if (status === 200 && body.includes('own')) own++
    }
    expect(own).toBeGreaterThan(0) // Otherwise the race was never run.
  })

  test('gets nothing written, changed or removed on the host', async () => {
    const before = await stat(join(secret, 'file'))
    await mkdir(join(here, 'attack/d/new'), { recursive: true })
    await writeFile(join(here, 'attack/d/file'), 'attacked')
    await writeFile(join(here, 'attack/d/new/file'), 'attacked')
    await run('mkfifo', [join(here, 'attack/d/pipe')])
    await run('tar', ['-C', join(here, 'attack'), '-cf', join(here, 'whole.tar'), 'd'])
    await run('tar', ['-C', join(here, 'attack'), '-cf', join(here, 'inside.tar'), 'd/file', 'd/new/file', 'd/pipe'])
    await run('tar', ['-C', join(here, 'attack/d'), '-cf', join(here, 'flat.tar'), 'file', 'new', 'pipe'])
    const archives = await Promise.all(['whole', 'inside', 'flat'].map((name) => readFile(join(here, `${name}.tar`))))
    let written = 0
    for (let round = 0; round < ROUNDS; round++) {
      const path = round % 3 === 2 ? '/race/d' : '/race'
      const { status } = await daemon.api('PUT', `/containers/swapper/archive?path=${path}`, archives[round % 3])
      if (status === 200) written++
    }
    expect(written).toBeGreaterThan(0)
    expect(await readdir(secret)).toEqual(['file'])
    expect(await readFile(join(secret, 'file'), 'utf8')).toBe('of the host')
    const after = await stat(join(secret, 'file'))
    expect([after.mtimeMs, after.mode, after.uid]).toEqual([before.mtimeMs, before.mode, before.uid])
    expect((await stat(secret)).uid).toBe(0)
  })
})
