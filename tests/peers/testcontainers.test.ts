import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { GenericContainer, Network, Wait } from 'testcontainers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  // Read by the library when it first needs an engine.
  process.env.DOCKER_HOST = `unix://${daemon.socketPath}`
  process.env.DOCKER_CONFIG = join(daemon.root, 'docker-config')
  process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1'
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
})
afterAll(() => daemon[Symbol.asyncDispose]())

const PAGE = [{ content: 'the page\n', target: '/www/index.html' }]
const SERVER = ['httpd', '-f', '-p', '8080', '-h', '/www']

const busybox = (...command: string[]) => new GenericContainer('busybox').withCommand(command)
const address = (container: { getHost(): string; getMappedPort(port: number): number }) => `http://${container.getHost()}:${container.getMappedPort(8080)}/`

describe('testcontainers (without Ryuk, whose image is not to be had without Docker Hub)', () => {
  test('a server is ready when its port listens, inside and outside', async () => {
    await using container = await busybox(...SERVER)
      .withCopyContentToContainer(PAGE)
      .withExposedPorts(8080)
      .withWaitStrategy(Wait.forListeningPorts())
      .start()
    expect(await (await fetch(address(container))).text()).toBe('the page\n')
  })

  test('a server is ready when it answers over HTTP', async () => {
    await using container = await busybox(...SERVER)
      .withCopyContentToContainer(PAGE)
      .withExposedPorts(8080)
      .withWaitStrategy(
        Wait.forHttp('/index.html', 8080)
          .forStatusCode(200)
          .forResponsePredicate((body) => body === 'the page\n'),
      )
      .start()
    expect(await (await fetch(address(container))).text()).toBe('the page\n')
  })

  test('a program is ready when it says so', async () => {
    await using container = await busybox('sh', '-c', 'echo one; echo ready; exec sleep 1000')
      .withWaitStrategy(Wait.forLogMessage(/^ready/))
      .start()
    const logs = await container.logs()
    let seen = ''
    logs.on('data', (chunk: string | Buffer) => {
      seen += chunk
    })
    await until('both lines', () => seen === 'one\nready\n')
    logs.destroy()
  })

  test('a program is ready when its healthcheck is passed', async () => {
    await using container = await busybox('sh', '-c', 'touch /tmp/up; exec sleep 1000')
      .withHealthCheck({ test: ['CMD-SHELL', 'test -e /tmp/up'], interval: 100, retries: 50 })
      .withWaitStrategy(Wait.forHealthCheck())
      .start()
    expect(await daemon.ok('inspect', '-f', '{{.State.Health.Status}}', container.getId())).toBe('healthy')
  })

  test('a program is ready when a command in it succeeds', async () => {
    await using container = await busybox('sh', '-c', 'touch /tmp/up; exec sleep 1000').withWaitStrategy(Wait.forSuccessfulCommand('test -e /tmp/up')).start()
    expect((await container.exec(['cat', '/tmp/up'])).exitCode).toBe(0)
  })

  test('a program that ends well has started well; one that fails has not', async () => {
    await using container = await busybox('true').withWaitStrategy(Wait.forOneShotStartup()).start()
    expect(await daemon.ok('inspect', '-f', '{{.State.ExitCode}}', container.getId())).toBe('0')
    await expect(busybox('sh', '-c', 'exit 3').withWaitStrategy(Wait.forOneShotStartup()).start()).rejects.toThrow('Container failed to start for')
  })

  test('exec tells both streams and the exit code', async () => {
    await using container = await busybox('sleep', '1000').withEnvironment({ WORD: 'of the container' }).start()
    const result = await container.exec(['sh', '-c', 'echo $WORD $MORE; pwd; id -un >&2; exit 4'], {
      workingDir: '/tmp',
      user: 'nobody',
      env: { MORE: 'and more' },
    })
    expect([result.exitCode, result.stdout, result.stderr]).toEqual([4, 'of the container and more\n/tmp\n', 'nobody\n'])
    expect((await container.exec(['nosuch-command'])).exitCode).toBe(127)
  })

  test('files are copied in and out', async () => {
    await using container = await busybox('sleep', '1000').start()
    await container.copyContentToContainer([{ content: 'copied\n', target: '/tmp/in/file', mode: 0o640 }])
    expect((await container.exec(['stat', '-c', '%a', '/tmp/in/file'])).output).toBe('640\n')
    const files: Record<string, string> = {}
    for await (const entry of (await container.copyArchiveFromContainer('/tmp/in/file')).pipe(extract())) files[entry.header.name] = await text(entry)
    expect(files).toEqual({ file: 'copied\n' })
  })

  test('a container is restarted and stopped', async () => {
    const container = await busybox(...SERVER)
      .withCopyContentToContainer(PAGE)
      .withExposedPorts(8080)
      .withLabels({ suite: 'testcontainers' })
      .withTmpFs({ '/scratch': 'rw' })
      .start()
    await container.restart({ timeout: 0 })
    expect(await (await fetch(address(container))).text()).toBe('the page\n')
    expect(await daemon.ok('ps', '-q', '--no-trunc', '--filter', 'label=suite=testcontainers')).toBe(container.getId())
    await container.stop({ timeout: 0 })
    expect(await daemon.ok('ps', '-aq', '--filter', 'label=suite=testcontainers')).toBe('')
  })

  test('containers of one network find each other', async () => {
    await using network = await new Network().start()
    await using server = await busybox('sleep', '1000').withNetwork(network).withNetworkAliases('server').start()
    await using client = await busybox('sleep', '1000').withNetwork(network).start()
    expect((await client.exec(['ping', '-c', '1', 'server'])).output).toContain(`PING server (${server.getIpAddress(network.getName())})`)
  })

  test('an image is built by BuildKit', async () => {
    const context = await mkdtemp('/tmp/er-testcontainers-')
    await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nRUN --mount=type=tmpfs,target=/t echo by BuildKit > /word\nCMD ["sleep", "1000"]\n')
    const image = await GenericContainer.fromDockerfile(context).withBuildkit().build('testcontainers:buildkit', { deleteOnExit: false })
    await rm(context, { recursive: true })
    await using container = await image.start()
    expect((await container.exec(['cat', '/word'])).output).toBe('by BuildKit\n')
  })

  test('an image is built from a Dockerfile, and what runs in it is found again', async () => {
    const context = await mkdtemp('/tmp/er-testcontainers-')
    await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nARG WORD\nRUN echo built with $WORD > /word\nCMD ["sleep", "1000"]\n')
    const image = await GenericContainer.fromDockerfile(context).withBuildArgs({ WORD: 'care' }).build('testcontainers:built', { deleteOnExit: false })
    await rm(context, { recursive: true })
    const first = await image.withReuse().start()
    const second = await new GenericContainer('testcontainers:built').withReuse().start()
    expect(second.getId()).toBe(first.getId())
    expect((await second.exec(['cat', '/word'])).output).toBe('built with care\n')
  })
})
