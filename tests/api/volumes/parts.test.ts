import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { dockerArchive, tar } from '../images/archives.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  const busybox = await tar([
    { name: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
    { name: 'bin/sh', type: 'symlink', linkname: 'busybox' },
    ['filled/of-image', 'from the image'],
  ])
  const files = await tar([
    ['top', 'old'],
    ['folder/hello', 'world'],
    { name: 'good', type: 'symlink', linkname: 'folder' },
    { name: 'bad', type: 'symlink', linkname: '/' },
  ])
  await daemon.docker(['load'], { input: await dockerArchive({ layers: [busybox], config: { Cmd: ['sh'], Env: ['PATH=/bin'] } }, ['filled:1']) })
  await daemon.docker(['load'], { input: await dockerArchive({ layers: [files, await tar([['top', 'new']])] }, ['files:1']) })
  await daemon.ok('volume', 'create', 'vol')
  await daemon.ok('run', '--rm', '-v', 'vol:/v', 'busybox', 'sh', '-c', SETUP)
})
afterEach(() => daemon.removeAllContainers())
afterAll(() => daemon[Symbol.asyncDispose]())

const SETUP = `cd /v && mkdir folder empty && echo world >folder/hello && echo foo >file && mkfifo pipe && mkdir hack && cd hack &&
  ln -s / root && ln -s ../folder good && ln -s root bad && ln -s ../.. out`

/** Runs with the part mounted at /p; the output, or what was refused. */
const show = async (part: string, script: string, image = 'busybox') => {
  const { stdout, stderr } = await daemon.docker(['run', '--rm', '--mount', `target=/p,${part}`, image, 'sh', '-c', script])
  return (stdout + stderr.replace(/\n\nRun 'docker run --help'.*/s, '')).trim()
}
const volumePart = (path: string) => `type=volume,source=vol,volume-subpath=${path}`
const imagePart = (path: string) => `type=image,source=files:1,image-subpath=${path}`
const mountsLeft = async () =>
  (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(`${daemon.dataRoot}/containers/`)).length

describe('part of a volume', () => {
  test('a folder, one behind a link, a file; what is written is in the volume', async () => {
    expect(await show(volumePart('folder'), 'cat /p/hello')).toBe('world')
    expect(await show(volumePart('hack/good'), 'cat /p/hello')).toBe('world')
    expect(await show(volumePart('file'), 'cat /p; echo more >>/p')).toBe('foo')
    expect(await show('type=volume,source=vol', 'cat /p/file')).toBe('foo\nmore')
    expect(await show(volumePart('pipe'), '[ -p /p ] && echo pipe')).toBe('pipe')
    expect(await show(`${volumePart('folder')},readonly`, 'echo x >/p/x')).toContain('Read-only file system')
    expect(await mountsLeft()).toBe(0)
  })

  test('what is not there, and what leads out, is refused when it starts', async () => {
    const volume = join(daemon.dataRoot, 'volumes/vol/_data')
    expect(await show(volumePart('none'), 'true')).toContain(`cannot access path ${volume}/none: lstat ${volume}/none: no such file or directory`)
    for (const way of ['hack/root', 'hack/bad', 'hack/out', 'hack/root/etc']) {
      expect(await show(volumePart(way), 'true')).toContain(`path concatenation escapes the base directory, base: ${volume}, subpath: ${way}`)
    }
    const refused = 'invalid mount config for type "volume": subpath must be a relative path within the volume'
    for (const way of ['../v', '/folder', 'folder/../../x']) expect(await show(volumePart(way), 'true')).toContain(refused)
    expect(await show('type=volume,volume-subpath=x', 'true')).toContain('must not set Subpath when using anonymous volumes')
    expect(await mountsLeft()).toBe(0)
  })

  test('an empty folder is filled with what the image has there', async () => {
    const part = 'type=volume,source=vol,volume-subpath=empty,target=/filled'
    expect(await daemon.ok('run', '--rm', '--mount', part, 'filled:1', 'sh', '-c', 'busybox cat /filled/of-image')).toBe('from the image')
    expect(await show('type=volume,source=vol', 'cat /p/empty/of-image')).toBe('from the image')
  })

  test('cp sees the part, and --volumes-from hands it on', async () => {
    await daemon.ok('create', '--name', 'has', '--mount', `target=/p,${volumePart('folder')}`, '--mount', `target=/f,${volumePart('file')}`, 'busybox')
    expect((await daemon.docker(['cp', 'has:/p/hello', '-'])).stdout).toContain('world')
    expect((await daemon.docker(['cp', 'has:/f', '-'])).stdout).toContain('foo')
    expect(await daemon.ok('run', '--rm', '--volumes-from', 'has', 'busybox', 'ls', '/p')).toBe('hello')
    expect(await daemon.ok('inspect', '-f', '{{(index .Mounts 1).Source}}', 'has')).toBe(join(daemon.dataRoot, 'volumes/vol/_data'))
  })

  test('a container that swaps the folder for a link out does not get anybody out', async () => {
    await daemon.ok('run', '--rm', '-v', 'vol:/v', 'busybox', 'sh', '-c', 'mkdir /v/a /v/real && echo inside >/v/real/mark && ln -s /etc /v/link')
    const swap = 'cd /v/a && while :; do mv ../real x; mv ../link l; mv x ../link; mv l ../real; mv ../real l; mv ../link ../real; mv l ../link; done'
    await daemon.ok('run', '-d', '--name', 'swapper', '-v', 'vol:/v', 'busybox', 'sh', '-c', swap)
    for (let i = 0; i < 5; i++) {
      const seen = await show(volumePart('real'), 'ls /p')
      expect(seen).toMatch(/^mark$|cannot access path|escapes the base directory/)
    }
  })

  test('needs API 1.45', async () => {
    const body = { Image: 'busybox', HostConfig: { Mounts: [{ Type: 'volume', Source: 'vol', Target: '/p', VolumeOptions: { Subpath: 'folder' } }] } }
    const answer = await daemon.api('POST', '/v1.44/containers/create', body)
    expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { message: 'VolumeOptions.Subpath needs API v1.45 or newer' }])
  })
})

describe('an image as a mount', () => {
  test('all of it, a folder, one behind a link, a file; read-only', async () => {
    expect(await show('type=image,source=files:1', 'cd /p; ls; cat top; echo; echo x >x')).toMatch(/^bad\nfolder\ngood\ntop\nnew\n.*Read-only file system$/)
    expect(await show(imagePart('folder'), 'cat /p/hello')).toBe('world')
    expect(await show(imagePart('good'), 'cat /p/hello')).toBe('world')
    expect(await show(imagePart('folder/hello'), 'cat /p')).toBe('world')
    expect(await mountsLeft()).toBe(0)
  })

  test('what is not there, and what leads out', async () => {
    expect(await show(imagePart('none'), 'true')).toMatch(/cannot access path .*\/none: no such file or directory/)
    expect(await show(imagePart('bad'), 'true')).toContain('path concatenation escapes the base directory')
    expect(await show(imagePart('../x'), 'true')).toContain('invalid mount config for type "image": subpath must be a relative path within the volume')
    expect(await show('type=image', 'true')).toContain('field Source must not be empty')
    expect((await daemon.api('POST', '/v1.48/containers/create', createBody('no-such'))).body).toContain('"No such image: no-such:latest"')
    expect((await daemon.api('POST', '/v1.47/containers/create', createBody('files:1'))).body).toContain('needs API v1.48 or newer')
    expect(await mountsLeft()).toBe(0)
  })

  test('inspect, cp, --volumes-from', async () => {
    await daemon.ok('create', '--name', 'has', '--mount', 'type=image,source=files:1,target=/p', 'busybox')
    expect(JSON.parse(await daemon.ok('inspect', '-f', '{{json .Mounts}}', 'has'))).toEqual([
      { Type: 'image', Name: 'files:1', Source: expect.stringContaining(daemon.dataRoot), Destination: '/p', Mode: '', RW: false, Propagation: 'rprivate' },
    ])
    expect((await daemon.docker(['cp', 'has:/p/folder/hello', '-'])).stdout).toContain('world')
    expect(await daemon.ok('run', '--rm', '--volumes-from', 'has', 'busybox', 'cat', '/p/top')).toBe('new')
  })

  test('is in use as long as the container is there, also over the death of the daemon', async () => {
    await daemon.docker(['load'], { input: await dockerArchive({ layers: [await tar([['kept', 'kept']])] }, ['used:1']) })
    const id = await daemon.ok('run', '-d', '--mount', 'type=image,source=used:1,target=/p', 'busybox', 'sleep', '600')
    const image = (await daemon.ok('image', 'inspect', '-f', '{{.Id}}', 'used:1')).slice('sha256:'.length, 'sha256:'.length + 12)
    await daemon.stop('SIGKILL')
    await daemon.start()
    expect((await daemon.docker(['rmi', 'used:1'])).stderr).toContain(`container ${id.slice(0, 12)} is using its referenced image ${image}`)
    expect((await daemon.docker(['image', 'prune', '-af'])).stdout).not.toContain(image)
    expect(await daemon.ok('exec', id, 'cat', '/p/kept')).toBe('kept')
    await daemon.ok('stop', '-t', '0', id)
    await until('the mounts to be gone', async () => (await mountsLeft()) === 0)
    await daemon.ok('start', id)
    expect(await daemon.ok('exec', id, 'cat', '/p/kept')).toBe('kept')
    await daemon.ok('rm', '-f', id)
    expect(await mountsLeft()).toBe(0)
    await daemon.ok('rmi', 'used:1')
  })
})

function createBody(source: string) {
  return { Image: 'busybox', HostConfig: { Mounts: [{ Type: 'image', Source: source, Target: '/p' }] } }
}
