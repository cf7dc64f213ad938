import { PassThrough, Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import Docker from 'dockerode'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tar } from '../api/images/archives.ts'
import { Registry } from '../api/images/registry-server.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'

/** dockerode, the library under most Node programs that drive docker, as its own documentation uses it. */

let daemon: TestDaemon
let docker: Docker
beforeAll(async () => {
  daemon = await startDaemon()
  docker = new Docker({ socketPath: daemon.socketPath })
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function sleeping(options: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
  const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '1000'], StopSignal: 'SIGKILL', ...options })
  await container.start()
  return container
}

/** Both streams of a taken-over connection, once the other side has ended it. */
async function demuxed(stream: NodeJS.ReadableStream): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  docker.modem.demuxStream(stream, stdout, stderr)
  stream.once('end', () => {
    stdout.end()
    stderr.end()
  })
  const [out, err] = await Promise.all([text(stdout), text(stderr)])
  return { stdout: out, stderr: err }
}

/** The lines of a pull, push or build. @throws Error with the error that a line carries */
function progressOf(stream: NodeJS.ReadableStream): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null, lines: Record<string, unknown>[]) => (error ? reject(error) : resolve(lines)))
  })
}

async function filesOf(archive: NodeJS.ReadableStream): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for await (const entry of Readable.from(await buffer(archive)).pipe(extract())) files[entry.header.name] = await text(entry)
  return files
}

/** For lint, which takes the first of several signatures, here the one with a callback, for the one that is called. */
const promised = <T>(answer: Promise<T>) => answer

const statusOf = (call: Promise<unknown>) =>
  call.then(
    () => 'no error',
    (error: { statusCode: number }) => error.statusCode,
  )

describe('containers', () => {
  test('live their life', async () => {
    const container = await sleeping({ name: 'node-life', Labels: { node: 'life' }, HostConfig: { Memory: 64 * 1024 * 1024 } })
    expect((await container.inspect()).State).toMatchObject({ Status: 'running', Running: true })
    const listed = await promised(docker.listContainers({ filters: { label: ['node=life'] } }))
    expect(listed.map(({ Names, State }) => [Names, State])).toEqual([[['/node-life'], 'running']])
    // A start answers when the runtime has let the program go: for a moment more, the process is still the runtime.
    const commands = async () => (await container.top()).Processes.map((row: string[]) => row.at(-1)).join()
    await until('the program to run', async () => (await commands()) === 'sleep 1000')
    expect((await container.stats({ stream: false })).memory_stats.limit).toBe(64 * 1024 * 1024)
    await container.pause()
    expect((await container.inspect()).State.Status).toBe('paused')
    await container.unpause()
    await container.rename({ name: 'node-renamed' })
    await container.update({ Memory: 80 * 1024 * 1024, MemorySwap: 160 * 1024 * 1024 })
    expect((await container.inspect()).HostConfig.Memory).toBe(80 * 1024 * 1024)
    await container.restart()
    await container.kill()
    expect(await container.wait()).toMatchObject({ StatusCode: 137 })
    expect(await statusOf(container.stop())).toBe(304) // dockerode tells "nothing to do" as an error.
    await container.remove()
    expect(await statusOf(container.inspect())).toBe(404)
  })

  test('run gives their output to two streams', async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const command = ['sh', '-c', 'echo out; echo err >&2; exit 3']
    const [result, container] = (await docker.run('busybox', command, [stdout, stderr], { Tty: false })) as [{ StatusCode: number }, Docker.Container]
    stdout.end()
    stderr.end()
    expect([result.StatusCode, await text(stdout), await text(stderr)]).toEqual([3, 'out\n', 'err\n'])
    await container.remove()
  })

  test('take input through a hijacked attach', async () => {
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['cat'], OpenStdin: true, StdinOnce: true, AttachStdin: true })
    const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true })
    const output = demuxed(stream)
    await container.start()
    stream.end('typed\n')
    expect(await output).toEqual({ stdout: 'typed\n', stderr: '' })
    expect(await container.wait()).toMatchObject({ StatusCode: 0 })
    await container.remove()
  })

  test('without hijack, attach gives a plain stream', async () => {
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sh', '-c', 'echo out; echo err >&2'] })
    const output = demuxed(await container.attach({ stream: true, stdout: true, stderr: true }))
    await container.start()
    expect(await output).toEqual({ stdout: 'out\n', stderr: 'err\n' })
    await container.remove({ force: true })
  })

  test('give their logs at once and as they come', async () => {
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sh', '-c', 'echo one; echo err >&2; echo two'] })
    await container.start()
    expect(await demuxed(await container.logs({ follow: true, stdout: true, stderr: true }))).toEqual({ stdout: 'one\ntwo\n', stderr: 'err\n' })
    await container.remove({ force: true })
  })

  test('give the last lines of their logs', async () => {
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sh', '-c', 'echo one; echo two'] })
    await container.start()
    await container.wait()
    const last: Buffer = await container.logs({ follow: false, stdout: true, tail: 1 })
    expect(last.subarray(8).toString()).toBe('two\n')
    await container.remove({ force: true })
  })

  test('take and give archives', async () => {
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['true'] })
    await container.putArchive(await tar([['file', 'content\n']]), { path: '/tmp' })
    expect(await filesOf(await container.getArchive({ path: '/tmp/file' }))).toEqual({ file: 'content\n' })
    expect(((await container.changes()) as { Path: string }[]).map(({ Path }) => Path)).toEqual(['/tmp', '/tmp/file'])
    expect(await filesOf(await container.export())).toMatchObject({ 'tmp/file': 'content\n' })
    const { Id } = (await container.commit({ repo: 'node', tag: 'committed' })) as { Id: string }
    expect((await docker.getImage('node:committed').inspect()).Id).toBe(Id)
    await container.remove()
    await docker.getImage(Id).remove()
  })
})

describe('exec', () => {
  let container: Docker.Container
  beforeAll(async () => {
    container = await sleeping()
  })
  afterAll(() => container.remove({ force: true }))

  test.each([true, false])('gives both streams and the exit code (hijack: %s)', async (hijack) => {
    const exec = await container.exec({ Cmd: ['sh', '-c', 'echo out; echo err >&2; exit 4'], AttachStdout: true, AttachStderr: true })
    expect(await demuxed(await exec.start({ hijack }))).toEqual({ stdout: 'out\n', stderr: 'err\n' })
    expect(await exec.inspect()).toMatchObject({ ExitCode: 4, Running: false })
  })

  test('takes input through a hijacked stream, to its end', async () => {
    const exec = await container.exec({ Cmd: ['wc', '-c'], AttachStdin: true, AttachStdout: true, AttachStderr: true })
    const stream = await exec.start({ hijack: true, stdin: true })
    const output = demuxed(stream)
    stream.end('x'.repeat(300_000))
    expect(await output).toEqual({ stdout: '300000\n', stderr: '' })
  })

  test('has a terminal of the size that was asked for', async () => {
    const exec = await container.exec({
      Cmd: ['sh', '-c', 'read word; until test "$(stty size 2>/dev/null)" = "31 97"; do :; done; echo $word'],
      Tty: true,
      AttachStdin: true,
      AttachStdout: true,
    })
    const stream = await exec.start({ hijack: true, stdin: true, Tty: true })
    await exec.resize({ h: 31, w: 97 })
    stream.write('typed\n')
    expect(await text(stream)).toBe('typed\r\ntyped\r\n') // The echo of the terminal, then the program's once the size is there.
  })
})

describe('images', () => {
  test('are built from an archive', async () => {
    const context = await tar([
      ['Dockerfile', 'FROM busybox\nARG WORD\nCOPY file /file\nRUN echo $WORD >> /file\nCMD ["cat", "/file"]\n'],
      ['file', 'copied\n'],
    ])
    const lines = await progressOf(await promised(docker.buildImage(Readable.from([context]), { t: 'node:built', buildargs: { WORD: 'built' } })))
    expect(lines.map(({ stream }) => stream)).toContain('Successfully tagged node:built\n')
    const output = new PassThrough()
    const [, container] = (await docker.run('node:built', [], output, {})) as [unknown, Docker.Container]
    output.end()
    expect(await text(output)).toBe('copied\r\nbuilt\r\n')
    await container.remove()
    expect((await docker.getImage('node:built').history()).length).toBeGreaterThan(3)
  })

  test('that do not build say why', async () => {
    const context = await tar([['Dockerfile', 'FROM busybox\nRUN exit 7\n']])
    const lines = await progressOf(await promised(docker.buildImage(Readable.from([context]), { t: 'node:broken' })))
    expect(lines.at(-1)).toMatchObject({ errorDetail: { code: 7 }, error: "The command '/bin/sh -c exit 7' returned a non-zero code: 7" })
  })

  test('are built by BuildKit', async () => {
    const context = await tar([
      ['Dockerfile', 'FROM busybox\nARG WORD\nCOPY file /file\nRUN echo heard $WORD\n'],
      ['file', 'copied\n'],
    ])
    const options = { t: 'node:buildkit', version: '2' as const, buildargs: { WORD: 'well' } }
    const stream = await promised(docker.buildImage(Readable.from([context]), options))
    const lines = await progressOf(stream)
    const { Id } = await docker.getImage('node:buildkit').inspect()
    expect(lines.at(-1)).toEqual({ id: 'moby.image.id', aux: { ID: Id } })
  })

  test('are saved, removed and loaded', async () => {
    await promised(docker.getImage('busybox').tag({ repo: 'node', tag: 'saved' }))
    const archive = await buffer(await docker.getImage('node:saved').get())
    await docker.getImage('node:saved').remove()
    expect(await statusOf(docker.getImage('node:saved').inspect())).toBe(404)
    expect(await text(await docker.loadImage(Readable.from([archive])))).toContain('Loaded image: node:saved')
    await docker.getImage('node:saved').remove()
  })

  test('go to a registry and come back', async () => {
    await using registry = await Registry.start()
    const name = registry.name('node/busybox')
    await promised(docker.getImage('busybox').tag({ repo: name, tag: '1' }))
    const pushed = await progressOf(await promised(docker.getImage(name).push({ tag: '1' })))
    expect(pushed.at(-1)).toMatchObject({ aux: { Tag: '1' } })
    await docker.getImage(`${name}:1`).remove()
    const pulled = await progressOf(await promised(docker.pull(`${name}:1`)))
    expect(pulled.at(-1)).toEqual({ status: `Status: Downloaded newer image for ${name}:1` })
    expect((await promised(docker.listImages({ filters: { reference: [name] } }))).map(({ RepoTags }) => RepoTags)).toEqual([
      expect.arrayContaining([`${name}:1`]),
    ])
    await docker.getImage(`${name}:1`).remove()
  })
})

test('volumes keep data and are protected while used', async () => {
  await promised(docker.createVolume({ Name: 'node-data', Labels: { node: 'volume' } }))
  const { Volumes } = await promised(docker.listVolumes({ filters: { label: ['node=volume'] } }))
  expect(Volumes.map(({ Name, Driver }) => [Name, Driver])).toEqual([['node-data', 'local']])
  const container = await sleeping({ HostConfig: { Mounts: [{ Type: 'volume', Source: 'node-data', Target: '/data' }] } })
  expect((await container.inspect()).Mounts).toMatchObject([{ Type: 'volume', Name: 'node-data', Destination: '/data', RW: true }])
  expect(await statusOf(docker.getVolume('node-data').remove())).toBe(409)
  await container.remove({ force: true })
  await docker.getVolume('node-data').remove()
  expect(await statusOf(docker.getVolume('node-data').inspect())).toBe(404)
})

test('events are told as they happen', async () => {
  const events = await promised(docker.getEvents({ filters: { type: ['container'], label: ['node=events'] } }))
  let seen = ''
  events.on('data', (chunk: Buffer) => {
    seen += chunk
  })
  const actions = () => [...seen.matchAll(/"Action":"(\w+)"/g)].map(([, action]) => action)
  const container = await sleeping({ Labels: { node: 'events' } })
  await container.remove({ force: true })
  await until('the container to be told as destroyed', () => actions().includes('destroy'))
  expect(actions()).toEqual(['create', 'start', 'kill', 'die', 'destroy'])
  if (events instanceof Readable) events.destroy()
})

test('the default networks are listed', async () => {
  const networks = await docker.listNetworks()
  expect(networks.map(({ Name, Driver }) => [Name, Driver])).toEqual(
    expect.arrayContaining([
      ['bridge', 'bridge'],
      ['host', 'host'],
      ['none', 'null'],
    ]),
  )
})

test('networks are made, joined and left', async () => {
  const network = await promised(docker.createNetwork({ Name: 'node-net', Internal: true, Labels: { node: 'network' } }))
  const server = await sleeping({ name: 'node-server', HostConfig: { NetworkMode: 'node-net' } })
  const other = await sleeping()
  await network.connect({ Container: other.id, EndpointConfig: { Aliases: ['node-alias'] } })
  for (const [from, to] of [
    [other, 'node-server'],
    [server, 'node-alias'],
  ] as const) {
    const exec = await from.exec({ Cmd: ['ping', '-c', '1', to], AttachStdout: true })
    expect((await demuxed(await exec.start({}))).stdout).toContain(`PING ${to} `)
    expect(await exec.inspect()).toMatchObject({ ExitCode: 0 })
  }
  expect(Object.keys((await network.inspect()).Containers ?? {}).sort()).toEqual([server.id, other.id].sort())
  expect(await statusOf(network.remove())).toBe(403)
  await network.disconnect({ Container: other.id })
  expect(Object.keys((await other.inspect()).NetworkSettings.Networks)).toEqual(['bridge'])
  for (const container of [server, other]) await container.remove({ force: true })
  await network.remove()
  expect(await statusOf(network.inspect())).toBe(404)
})

test('errors carry their status and reason', async () => {
  await expect(docker.getContainer('nosuch').inspect()).rejects.toMatchObject({ statusCode: 404, json: { message: 'No such container: nosuch' } })
  await expect(docker.createContainer({ Image: 'nosuch' })).rejects.toMatchObject({ statusCode: 404, json: { message: 'No such image: nosuch:latest' } })
})

test('the engine describes itself', async () => {
  expect((await docker.ping()).toString()).toBe('OK')
  expect(await docker.version()).toMatchObject({ Os: 'linux', ApiVersion: '1.51' })
  expect(await docker.info()).toMatchObject({ OSType: 'linux', Driver: 'overlay2' })
  expect((await docker.df()).Images.length).toBeGreaterThan(0)
})
