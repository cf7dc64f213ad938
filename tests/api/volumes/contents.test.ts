import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FileEntry, Listing } from '../../../engine/containers/files/browse.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { tar } from '../images/archives.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  const script =
    'mkdir -p /kept/sub && echo hello > /kept/text && chown 7:8 /kept/text && chmod 4640 /kept/text && ln -s text /kept/link && mkfifo /kept/pipe && chown 5:6 /kept && chmod 750 /kept'
  await daemon.ok(
    'run',
    '--name',
    'web',
    '-v',
    'kept:/kept',
    '-v',
    'shut:/shut:ro',
    'busybox',
    'sh',
    '-c',
    `${script}; ln -s /etc/hostname /away; ln -s /kept /through`,
  )
})
afterAll(() => daemon[Symbol.asyncDispose]())

const query = (path: string) => `path=${encodeURIComponent(path)}`
const ask = (method: string, owner: string, path: string) => daemon.api(method, `/engineroom/v1/${owner}/files?${query(path)}`)
const list = async (owner: string, path: string) => (await ask('GET', owner, path)).json<Listing>()
const named = ({ entries }: Listing, name: string): FileEntry | undefined => entries?.find((one) => one.name === name)
const volumes = async () => (await daemon.ok('volume', 'ls', '-q')).split('\n')

describe('files of a container that does not run, and of a volume', () => {
  test.each(['containers/web', 'volumes/kept'])('%s: kind, mode, owner, size and target of each', async (owner) => {
    const listing = await list(owner, owner === 'containers/web' ? '/through' : '/')
    expect(listing.path).toBe(owner === 'containers/web' ? '/kept' : '/')
    expect(listing.self).toMatchObject({ kind: 'folder', uid: 5, gid: 6, mode: 0o750 })
    expect(named(listing, 'text')).toMatchObject({ kind: 'file', sizeBytes: 6, mode: 0o4640, uid: 7, gid: 8, linkTarget: '' })
    expect(Math.abs(Date.now() - (named(listing, 'text')?.modifiedAtMs ?? 0))).toBeLessThan(600_000)
    expect(named(listing, 'link')).toMatchObject({ kind: 'link', linkTarget: 'text' })
    expect(named(listing, 'pipe')?.kind).toBe('pipe')
    expect(named(listing, 'sub')?.kind).toBe('folder')
  })

  test('mounts are told from folders, and what may not be written', async () => {
    const root = await list('containers/web', '/')
    expect(named(root, 'kept')).toMatchObject({ isMount: true, isReadOnly: false })
    expect(named(root, 'shut')).toMatchObject({ isMount: true, isReadOnly: true })
    expect(named(root, 'etc')).toMatchObject({ isMount: false, isReadOnly: false })
  })

  test('a file is given as it is, to be kept and not to be shown', async () => {
    const answer = await daemon.api('GET', `/engineroom/v1/volumes/kept/file?${query('/link')}`)
    expect(answer).toMatchObject({ status: 200, body: 'hello\n' })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '6',
      'content-disposition': "attachment; filename*=UTF-8''text",
    })
    expect(await daemon.api('GET', `/engineroom/v1/volumes/kept/file?${query('/pipe')}`)).toMatchObject({
      status: 400,
      body: expect.stringContaining('/pipe is not a regular file'),
    })
  })

  test('no link leads out', async () => {
    await symlink('/etc/shadow', join(daemon.dataRoot, 'volumes/kept/_data/out'))
    await symlink('../../../..', join(daemon.dataRoot, 'volumes/kept/_data/up'))
    expect(await daemon.api('GET', `/engineroom/v1/volumes/kept/file?${query('/out')}`)).toMatchObject({ status: 404 })
    expect(await list('volumes/kept', '/up')).toMatchObject({ path: '/' })
    expect(await list('volumes/kept', '/../../..')).toMatchObject({ path: '/' })
    expect(await daemon.ok('exec', await runs('web2'), 'cat', '/etc/hostname')).toBe(
      (await daemon.api('GET', `/engineroom/v1/containers/web2/file?${query('/away')}`)).body.trim(),
    )
    await ask('DELETE', 'volumes/kept', '/out')
    await ask('DELETE', 'volumes/kept', '/up')
  })

  test('what is not there is said with its owner', async () => {
    expect((await ask('GET', 'volumes/kept', '/none')).json<unknown>()).toEqual({ message: 'Could not find the file /none in volume kept' })
    expect((await ask('GET', 'containers/web', '/none')).json<unknown>()).toEqual({ message: 'Could not find the file /none in container web' })
    expect(await ask('GET', 'volumes/none', '/')).toMatchObject({ status: 404 })
  })

  test('a removal takes what is below with it, and no mount', async () => {
    await daemon.ok('cp', '/etc/hostname', 'web:/kept/sub/inner')
    expect(await ask('DELETE', 'containers/web', '/kept')).toMatchObject({ status: 500, body: expect.stringContaining('device or resource busy') })
    expect(await ask('DELETE', 'containers/web', '/')).toMatchObject({ status: 400 })
    expect(await ask('DELETE', 'containers/web', '/shut/x')).toMatchObject({ status: 500, body: expect.stringContaining('read-only file system') })
    expect(await ask('DELETE', 'containers/web', '/kept/sub')).toMatchObject({ status: 204 })
    expect(named(await list('volumes/kept', '/'), 'sub')).toBeUndefined()
    expect(await ask('DELETE', 'volumes/kept', '/sub')).toMatchObject({ status: 404 })
  })

  const post = (what: string) => daemon.api('POST', `/engineroom/v1/${what}`)
  const data = (...path: string[]) => join(daemon.dataRoot, 'volumes/kept/_data', ...path)

  test.each(['containers/web', 'containers/web3', 'volumes/kept'])(
    '%s: a folder is made, and what is there is renamed and moved, but nothing is replaced',
    async (owner) => {
      if (owner === 'containers/web3') await daemon.ok('run', '-d', '--name', 'web3', '-v', 'kept:/kept', 'busybox', 'sleep', '1000')
      const at = owner === 'volumes/kept' ? '' : '/kept'
      expect(await post(`${owner}/folder?${query(`${at}/new`)}`)).toMatchObject({ status: 201 })
      expect(await stat(data('new'))).toMatchObject({ uid: 5, gid: 6, mode: 0o40755 })
      expect(await post(`${owner}/folder?${query(`${at}/new`)}`)).toMatchObject({ status: 409, body: expect.stringContaining(`mkdir ${at}/new: file exists`) })
      expect(await post(`${owner}/move?${query(`${at}/text`)}&to=${at}/new/renamed`)).toMatchObject({ status: 204 })
      expect(await readFile(data('new/renamed'), 'utf8')).toBe('hello\n')
      expect(await post(`${owner}/move?${query(`${at}/link`)}&to=${at}/new`)).toMatchObject({ status: 409, body: expect.stringContaining('file exists') })
      expect(await post(`${owner}/move?${query(`${at}/new`)}&to=${at}/new/inside`)).toMatchObject({ status: 400, body: expect.stringContaining('into itself') })
      expect(await post(`${owner}/move?${query(`${at}/new/renamed`)}&to=${at}/none/x`)).toMatchObject({
        status: 404,
        body: expect.stringContaining(`${at}/none/x`),
      })
      expect(await post(`${owner}/move?${query(`${at}/new/renamed`)}&to=${at}/text`)).toMatchObject({ status: 204 })
      expect(await ask('DELETE', owner, `${at}/new`)).toMatchObject({ status: 204 })
      if (owner === 'containers/web3') await daemon.ok('rm', '-f', 'web3')
    },
  )

  test('neither end of a move leads out by a link; a mount stays, and what would have to be copied is refused with the reason', async () => {
    const outside = join(daemon.root, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'theirs'), '')
    await symlink(outside, data('out'))
    for (const [from, to] of [
      ['/text', '/out/mine'],
      ['/out/theirs', '/mine'],
    ] as const)
      expect(await post(`volumes/kept/move?${query(from)}&to=${to}`)).toMatchObject({ status: 404 })
    expect(await post(`volumes/kept/folder?${query('/out/made')}`)).toMatchObject({ status: 404 })
    expect(await readdir(outside)).toEqual(['theirs'])
    await ask('DELETE', 'volumes/kept', '/out')
    expect(await post(`containers/web/move?${query('/kept')}&to=/elsewhere`)).toMatchObject({
      status: 500,
      body: expect.stringContaining('device or resource busy'),
    })
    expect(await post(`containers/web/move?${query('/kept/text')}&to=/shut/text`)).toMatchObject({
      status: 500,
      body: expect.stringContaining('read-only file system'),
    })
    expect(await post(`containers/web/move?${query('/kept/text')}&to=/text`)).toMatchObject({
      status: 400,
      body: expect.stringContaining('it can be copied, not moved'),
    })
  })

  test('owners have the names of the container’s own users, and in a volume none', async () => {
    await daemon.ok(
      'run',
      '--name',
      'named',
      'busybox',
      'sh',
      '-c',
      'echo app:x:7:8::/:/bin/sh >> /etc/passwd; echo team:x:8: >> /etc/group; echo > /mine; chown 7:8 /mine; echo > /nobodys; chown 9:9 /nobodys',
    )
    const root = await list('containers/named', '/')
    expect(named(root, 'mine')).toMatchObject({ uid: 7, gid: 8, user: 'app', group: 'team' })
    expect(named(root, 'nobodys')).toMatchObject({ uid: 9, gid: 9, user: '', group: '' })
    expect(named(root, 'etc')).toMatchObject({ uid: 0, user: 'root', group: 'root' })
    expect(named(await list('volumes/kept', '/'), 'text')).toMatchObject({ uid: 7, user: '' })
  })

  test('two thousand files are one list', async () => {
    const folder = join(daemon.dataRoot, 'volumes/kept/_data/many')
    await mkdir(folder)
    for (let from = 0; from < 2000; from += 500) await Promise.all(Array.from({ length: 500 }, (_, at) => writeFile(join(folder, `f${from + at}`), '')))
    expect((await list('volumes/kept', '/many')).entries).toHaveLength(2000)
    await ask('DELETE', 'volumes/kept', '/many')
  })
})

/** A container that runs, with a link out of its root. */
async function runs(name: string): Promise<string> {
  await daemon.ok('run', '-d', '--name', name, 'busybox', 'sh', '-c', 'ln -s /etc/hostname /away; exec sleep 1000')
  return name
}

describe('volumes as a whole', () => {
  const kept = (name: string, ...path: string[]) => join(daemon.dataRoot, 'volumes', name, '_data', ...path)

  test('a clone has everything, of one moment, and is another', async () => {
    await daemon.ok('volume', 'create', '--label', 'team=a', 'source')
    await daemon.ok('run', '--rm', '-v', 'source:/s', 'busybox', 'sh', '-c', 'echo 1 > /s/one; chown 3:4 /s/one')
    await daemon.ok('run', '-d', '--name', 'writer', '-v', 'source:/s', 'busybox', 'sleep', '1000')
    const since = (Date.now() / 1000).toFixed(3)
    expect(await daemon.api('POST', '/engineroom/v1/volumes/source/clone', { Name: 'copy' })).toMatchObject({ status: 201 })
    expect(await readFile(kept('copy', 'one'), 'utf8')).toBe('1\n')
    expect(await stat(kept('copy', 'one'))).toMatchObject({ uid: 3, gid: 4 })
    expect(await daemon.ok('volume', 'inspect', '-f', '{{.Labels.team}}', 'copy')).toBe('a')
    const until = (Date.now() / 1000).toFixed(3)
    expect(await daemon.ok('events', '--since', since, '--until', until, '--filter', 'container=writer', '--format', '{{.Action}}')).toBe('pause\nunpause')
    expect(await daemon.api('POST', '/engineroom/v1/volumes/source/clone', { Name: 'copy' })).toMatchObject({ status: 409 })
    await daemon.ok('rm', '-f', 'writer')
  })

  test('an export, imported, is the same volume', async () => {
    const file = join(daemon.root, 'kept.tar')
    const { status, headers } = await daemon.api('GET', `/engineroom/v1/volumes/kept/archive?${query('/.')}`)
    expect([status, headers['content-type']]).toEqual([200, 'application/x-tar'])
    await daemon.docker(['run', '--rm', '-v', 'kept:/v', '-v', `${daemon.root}:/out`, 'busybox', 'tar', 'cf', '/out/kept.tar', '-C', '/v', '.'])
    expect(await daemon.api('POST', '/engineroom/v1/volumes?name=back', await readFile(file))).toMatchObject({ status: 201 })
    expect(await stat(kept('back'))).toMatchObject({ uid: 5, gid: 6, mode: 0o40750 })
    expect(await stat(kept('back', 'text'))).toMatchObject({ uid: 7, gid: 8, mode: 0o104640 })
  })

  test('an import that is cut off leaves no volume, whatever there was of it', async () => {
    const whole = await tar([
      ['first', 'x'.repeat(2000)],
      ['second', 'y'.repeat(2000)],
    ])
    const { status } = await daemon.api('POST', '/engineroom/v1/volumes?name=half', whole.subarray(0, 4000))
    expect(status).toBe(400)
    expect(await volumes()).not.toContain('half')
    expect(await readdir(join(daemon.dataRoot, 'volumes'))).not.toContain('half')
    expect(await daemon.api('POST', '/engineroom/v1/volumes?name=kept', whole)).toMatchObject({ status: 409 })
    expect(await daemon.api('POST', '/engineroom/v1/volumes?name=half', whole)).toMatchObject({ status: 201 })
  })

  test('an upload goes into a folder of a volume', async () => {
    const archive = await tar([['new/file', 'put here']])
    expect(await daemon.api('PUT', `/engineroom/v1/volumes/kept/archive?${query('/')}`, archive)).toMatchObject({ status: 200 })
    expect(await readFile(kept('kept', 'new/file'), 'utf8')).toBe('put here')
    expect(await daemon.api('PUT', `/engineroom/v1/volumes/kept/archive?${query('/none')}`, archive)).toMatchObject({ status: 404 })
    const evil = await tar([['../../evil', 'x']])
    expect(await daemon.api('PUT', `/engineroom/v1/volumes/kept/archive?${query('/')}`, evil)).toMatchObject({ status: 500 })
  })

  test('a volume that has to be mounted is, for as long as somebody looks', async () => {
    await daemon.ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'ram')
    expect(await list('volumes/ram', '/')).toMatchObject({ path: '/', entries: [] })
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(kept('ram'))
  })
})
