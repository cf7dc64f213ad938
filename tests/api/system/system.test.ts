import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon({ flags: ['--label', 'of=daemon'] })
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** One request as raw bytes. @returns everything that comes back until the connection ends */
function raw(request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(daemon.socketPath, () => socket.write(request.replaceAll('\n', '\r\n')))
  let answer = ''
  socket.on('data', (data) => {
    answer += data.toString()
    if (answer.includes('\r\n\r\n')) socket.end()
  })
  socket.on('error', reject)
  socket.on('close', () => resolve(answer))
  return promise
}

const message = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
  const { status, headers: received, body: text } = await daemon.api(method, path, body, headers)
  return { status, type: received['content-type'], text }
}

describe('ping and negotiation', () => {
  test('GET and HEAD, with and without a version', async () => {
    for (const path of ['/_ping', '/v1.24/_ping', '/v1.51/_ping']) {
      const { status, body, headers } = await daemon.api('GET', path)
      expect([status, body]).toEqual([200, 'OK'])
      expect(headers).toMatchObject({
        'api-version': '1.51',
        ostype: 'linux',
        'builder-version': '2',
        'cache-control': 'no-cache, no-store, must-revalidate',
        pragma: 'no-cache',
        server: expect.stringMatching(/^Docker\/28\.\d+\.\d+.* \(linux\)$/),
      })
    }
    const head = await daemon.api('HEAD', '/_ping')
    expect([head.status, head.body, head.headers['api-version'], head.headers['content-length']]).toEqual([200, '', '1.51', '0'])
  })

  test('versions that are too new or too old', async () => {
    expect(await message('GET', '/v1.52/info')).toEqual({
      status: 400,
      type: 'application/json',
      text: '{"message":"client version 1.52 is too new. Maximum supported API version is 1.51"}\n',
    })
    const old = await message('GET', '/v1.23/info')
    expect(old).toEqual({
      status: 400,
      type: 'text/plain; charset=utf-8',
      text: 'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version\n',
    })
    expect((await message('GET', '/v1.9/info')).status).toBe(400)
    const { code, stderr } = await daemon.docker(['ps'], { env: { DOCKER_API_VERSION: '1.99' } })
    expect([code, stderr]).toEqual([1, expect.stringContaining('client version 1.99 is too new. Maximum supported API version is 1.51')])
    expect((await daemon.docker(['version', '-f', '{{.Client.APIVersion}}'], { env: { DOCKER_API_VERSION: '1.30' } })).stdout).toBe('1.30\n')
  })

  test('every answer but "page not found" tells the version, errors too', async () => {
    for (const path of ['/v1.99/info', '/containers/nothing/json', '/version'])
      expect((await daemon.api('GET', path)).headers).toMatchObject({ 'api-version': '1.51', ostype: 'linux', 'docker-experimental': 'false' })
  })
})

describe('requests that are wrong', () => {
  test('unknown paths and wrong methods', async () => {
    for (const [method, path] of [
      ['GET', '/nothing'],
      ['GET', '/v1.51/nothing'],
      ['POST', '/_ping'],
      ['DELETE', '/info'],
      ['GET', '/containers/create'],
      ['PUT', '/containers/json'],
    ] as const)
      expect(await message(method, path)).toEqual({ status: 404, type: 'application/json', text: '{"message":"page not found"}\n' })
    expect((await daemon.api('OPTIONS', '/anything')).status).toBe(200)
  })

  test.each([
    ['{"Image"', 'invalid JSON: unexpected EOF'],
    ['nonsense', 'invalid JSON: invalid character'],
    ['', 'invalid JSON: got EOF while reading request body'],
    ['{"Image": 7}', 'invalid JSON: json: cannot unmarshal number'],
    ['{"Image":"busybox"} {"Image":"busybox"}', 'unexpected content after JSON'],
    ['[]', 'invalid JSON: json: cannot unmarshal array'],
    ['{"Image":"busybox","HostConfig":{"Memory":1.5}}', 'invalid JSON: json: cannot unmarshal number 1.5'],
  ])('malformed JSON: %s', async (body, expected) => {
    const { status, text } = await message('POST', '/containers/create', body, { 'content-type': 'application/json' })
    expect([status, text]).toEqual([400, expect.stringContaining(expected)])
    expect(await daemon.ok('ps', '-aq')).toBe('')
  })

  test('another content type', async () => {
    for (const type of ['text/plain', 'application/x-tar']) {
      const { status, text } = await message('POST', '/containers/create', '{"Image":"busybox"}', { 'content-type': type })
      expect([status, text]).toEqual([400, `{"message":"unsupported Content-Type header (${type}): must be 'application/json'"}\n`])
    }
    expect((await message('POST', '/volumes/create', '{"Name":"with-charset"}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(201)
    await daemon.ok('volume', 'rm', 'with-charset')
  })

  test('field names in any case, unknown fields, null', async () => {
    const { status, text } = await message('POST', '/containers/create', {
      image: 'busybox',
      CMD: ['true'],
      hostconfig: { memory: null },
      Nonsense: {},
      Env: null,
    })
    expect(status).toBe(201)
    await daemon.ok('rm', JSON.parse(text).Id)
  })

  test('bytes that are no HTTP, and a connection that is kept for the next request', async () => {
    expect(await raw('nonsense\n\n')).toMatch(/^HTTP\/1\.1 400/)
    const both = await new Promise<string>((resolve, reject) => {
      const socket = connect(daemon.socketPath, () =>
        socket.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      )
      let answer = ''
      socket
        .on('data', (data) => (answer += data.toString()))
        .on('error', reject)
        .on('close', () => resolve(answer))
    })
    expect(both).toMatch(/^HTTP\/1\.1 404.*HTTP\/1\.1 200.*OK$/s)
  })

  test('a path that is not clean is served all the same', async () => {
    expect((await daemon.api('GET', '//version')).status).toBe(200)
    expect((await daemon.api('GET', '/v1.51//images/json')).status).toBe(200)
    expect((await daemon.api('GET', '/networks/')).status).toBe(200)
  })

  test.each([
    ['POST', '/swarm/init', 'swarm init'],
    ['POST', '/plugins/pull', 'plugin installation'],
  ])('%s %s is not there yet, and says so by its name', async (method, path, name) => {
    const { status, text } = await message(method, path, method === 'POST' ? {} : undefined)
    expect([status, JSON.parse(text).message]).toEqual([501, expect.stringContaining(`${name}`)])
    expect(JSON.parse(text).message).toMatch(/not implemented/)
  })

  test('swarm is somebody else’s', async () => {
    const { code, stderr } = await daemon.docker(['service', 'ls'])
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'),
    ])
    expect(await daemon.ok('plugin', 'ls', '-q')).toBe('')
  })
})

describe('version and info', () => {
  test('docker version prints both sides', async () => {
    const text = await daemon.ok('version')
    expect(text).toMatch(/Server: Engineroom\n Engine:\n {2}Version: +28\./)
    expect(JSON.parse(await daemon.ok('version', '-f', '{{json .Server}}'))).toMatchObject({
      ApiVersion: '1.51',
      MinAPIVersion: '1.24',
      Os: 'linux',
      Arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
      Components: [{ Name: 'Engine' }, { Name: 'runc' }],
    })
  })

  test('docker info prints without warnings, and counts', async () => {
    const running = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const paused = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    await daemon.ok('pause', paused)
    const created = await daemon.ok('create', 'busybox')
    const { code, stdout, stderr } = await daemon.docker(['info'])
    expect([code, stderr.replace(/WARNING: No swap limit support\n?/, '')]).toEqual([0, ''])
    for (const line of [
      'Containers: 3',
      'Running: 1',
      'Paused: 1',
      'Stopped: 1',
      'Images: 1',
      'Storage Driver: overlay2',
      'Logging Driver: json-file',
      'Default Runtime: runc',
      `Name: ${hostname()}`,
      `Docker Root Dir: ${daemon.dataRoot}`,
      'of=daemon',
      '127.0.0.0/8',
      'Live Restore Enabled: true',
    ])
      expect(stdout).toContain(line)
    await daemon.ok('rm', '-f', running, paused, created)
    const info = (await daemon.api('GET', '/v1.51/info')).json<Record<string, unknown>>()
    expect(info).toMatchObject({
      DefaultAddressPools: [{ Base: `${daemon.pool}.0/24`, Size: 28 }],
      ID: expect.any(String),
      NCPU: expect.any(Number),
      MemTotal: expect.any(Number),
      OSType: 'linux',
      IndexServerAddress: 'https://index.docker.io/v1/',
      Warnings: null,
      Swarm: { LocalNodeState: 'inactive' },
      Labels: ['of=daemon'],
    })
    for (const option of info.SecurityOptions as string[]) expect(option).toMatch(/^name=/)
    expect(await daemon.ok('info', '-f', '{{.ID}}')).toBe(info.ID)
  })

  test('the identity survives the daemon', async () => {
    const before = await daemon.ok('info', '-f', '{{.ID}}')
    await daemon.stop()
    await daemon.start()
    expect(await daemon.ok('info', '-f', '{{.ID}}')).toBe(before)
  })
})

describe('system df', () => {
  test('counts what is used and what can be reclaimed', async () => {
    const id = await daemon.ok(
      'run',
      '-d',
      '-v',
      'df-volume:/v',
      'busybox',
      'sh',
      '-c',
      'head -c 100000 /dev/zero >/v/file; head -c 50000 /dev/zero >/own; touch /written; sleep 1000',
    )
    await until('the files', async () => (await daemon.docker(['exec', id, 'test', '-e', '/written'])).code === 0)
    const rows = (await daemon.ok('system', 'df', '--format', '{{.Type}}|{{.TotalCount}}|{{.Active}}|{{.Size}}')).split('\n')
    expect(rows[0]).toMatch(/^Images\|1\|1\|\d/)
    expect(rows.slice(1)).toEqual(['Containers|1|1|50kB', 'Local Volumes|1|1|100kB', 'Build Cache|0|0|0B'])
    expect(await daemon.ok('system', 'df', '-v')).toMatch(/df-volume\s+1\s+100kB/)
    const volumesOnly = (await daemon.api('GET', '/v1.51/system/df?type=volume')).json()
    expect(volumesOnly).toMatchObject({
      Images: null,
      Containers: null,
      BuildCache: null,
      Volumes: [{ Name: 'df-volume', UsageData: { Size: 100_000, RefCount: 1 } }],
    })
    expect(await message('GET', '/v1.51/system/df?type=nonsense')).toMatchObject({ status: 400, text: '{"message":"unknown object type: nonsense"}\n' })
    await daemon.ok('rm', '-f', id)
    await daemon.ok('volume', 'rm', 'df-volume')
  })

  test('docker system prune takes what is stopped, dangling and anonymous', async () => {
    await daemon.ok('create', '-v', '/anonymous', 'busybox')
    const kept = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    expect(await daemon.ok('system', 'prune', '-f', '--volumes')).toMatch(/^Deleted Containers:\n[0-9a-f]{64}\n\nDeleted Volumes:\n[0-9a-f]{64}\n/)
    expect(await daemon.ok('ps', '-aq', '--no-trunc')).toBe(kept)
    await daemon.ok('rm', '-f', kept)
  })
})

describe('events', () => {
  const now = () => String(Date.now() / 1000)
  const follow = (...args: string[]) => {
    const child: ChildProcess = spawn(
      'docker',
      ['-H', `unix://${daemon.socketPath}`, 'events', '--format', '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}', ...args],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    let text = ''
    child.stdout?.on('data', (data) => (text += data.toString()))
    return { lines: () => text.split('\n').filter(Boolean), stop: () => child.kill() }
  }

  test('live: the life of a container, in order', async () => {
    const events = follow('--filter', 'type=container', '--filter', 'type=network')
    await until('the listener', async () => Number(await daemon.ok('info', '-f', '{{.NEventsListener}}')) > 0)
    await daemon.ok('run', '--rm', '--name', 'watched', 'busybox', 'true')
    await until('the end', () => events.lines().some((line) => line.includes('destroy')))
    events.stop()
    expect(events.lines()).toEqual([
      'container create watched',
      'container attach watched',
      'network connect bridge',
      'container start watched',
      'network disconnect bridge',
      'container die watched',
      'container destroy watched',
    ])
    await until('nobody to listen', async () => (await daemon.ok('info', '-f', '{{.NEventsListener}}')) === '0')
  })

  test('the past, by since and until, and filters', async () => {
    const since = now()
    await daemon.ok('run', '--name', 'past', '--label', 'of=past', 'busybox', 'sh', '-c', 'exit 3').catch(() => undefined)
    await daemon.ok('tag', 'busybox', 'past:1')
    const past = (...args: string[]) =>
      daemon.ok('events', '--since', since, '--until', now(), '--format', '{{.Action}}', ...args).then((text) => text.split('\n'))
    expect(await past('--filter', 'container=past')).toEqual(['create', 'attach', 'start', 'die'])
    expect(await past('--filter', 'event=die', '--filter', 'event=tag')).toEqual(['die', 'tag'])
    expect(await past('--filter', 'label=of=past', '--filter', 'event=start')).toEqual(['start'])
    expect(await past('--filter', 'image=busybox', '--filter', 'type=container')).toEqual(['create', 'attach', 'start', 'die'])
    expect(await past('--filter', 'type=image')).toEqual(['tag'])
    const { body } = await daemon.api('GET', `/events?since=${since}&until=${Date.now() / 1000 + 0.001}&filters=${encodeURIComponent('{"event":["die"]}')}`)
    const event = JSON.parse(body)
    expect(event).toMatchObject({
      status: 'die',
      from: 'busybox',
      Type: 'container',
      Action: 'die',
      scope: 'local',
      Actor: { Attributes: { image: 'busybox', name: 'past', exitCode: '3', of: 'past' } },
    })
    expect(body).toMatch(/"time":\d{10},"timeNano":\d{19}\}\n$/)
    expect(event.id).toBe(event.Actor.ID)
    await daemon.ok('rm', 'past')
    await daemon.ok('rmi', 'past:1')
  })

  test('until a moment that is to come, the stream ends then', async () => {
    const { status, body } = await daemon.api('GET', `/events?until=${Date.now() / 1000 + 0.3}&filters=${encodeURIComponent('{"type":["plugin"]}')}`)
    expect([status, body]).toEqual([200, ''])
  })

  test('wrong times and filters', async () => {
    expect(await message('GET', '/events?since=20&until=10')).toMatchObject({
      status: 400,
      text: '{"message":"`since` time (20) cannot be after `until` time (10)"}\n',
    })
    expect((await message('GET', '/events?since=nonsense')).status).toBe(400)
    expect(await message('GET', '/events?filters=nonsense')).toMatchObject({ status: 400, text: '{"message":"invalid filter"}\n' })
    expect(await message('GET', `/events?filters=${encodeURIComponent('{"nonsense":["x"]}')}`)).toMatchObject({
      status: 400,
      text: `{"message":"invalid filter 'nonsense'"}\n`,
    })
  })
})
