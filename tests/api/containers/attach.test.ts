import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { framesOf, RawConnection, textOf } from '../../harness/raw-connection.ts'
import { client, terminal } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const ALL = 'stream=1&stdin=1&stdout=1&stderr=1'

function attach(id: string, query = ALL, version = ''): RawConnection {
  return RawConnection.upgrade(daemon.socketPath, `${version}/containers/${id}/attach?${query}`)
}

async function create(config: object): Promise<string> {
  return (await daemon.api('POST', '/containers/create', { Image: 'busybox', ...config })).json<{ Id: string }>().Id
}

const running = (id: string) => daemon.ok('inspect', '-f', '{{.State.Running}}', id).then((text) => text === 'true')

describe('the head of the answer', () => {
  test('docker’s exact bytes, with an upgrade', async () => {
    const id = await create({})
    using connection = attach(id)
    expect(await connection.head()).toBe(
      'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp',
    )
  })

  test('raw for terminals, and below 1.42', async () => {
    using tty = attach(await create({ Tty: true }))
    using old = attach(await create({}), ALL, '/v1.41')
    for (const connection of [tty, old]) expect(await connection.head()).toContain('Content-Type: application/vnd.docker.raw-stream')
  })

  test('200 without length or chunks, without an upgrade', async () => {
    const id = await create({ Cmd: ['echo', 'hi'] })
    using connection = new RawConnection(daemon.socketPath)
    connection.send(`POST /containers/${id}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: docker\r\n\r\n`)
    const head = await connection.head()
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head.toLowerCase()).toContain('content-type: application/vnd.docker.raw-stream')
    expect(head.toLowerCase()).not.toMatch(/content-length|transfer-encoding/)
    await daemon.ok('start', id)
    expect(framesOf(await connection.rest())).toEqual([{ stream: 'stdout', text: 'hi\n' }])
  })

  test('a JSON body, in which dockerode repeats the query, is not taken for input', async () => {
    const id = await create({ Cmd: ['cat'], OpenStdin: true, StdinOnce: true })
    using connection = RawConnection.upgrade(daemon.socketPath, `/containers/${id}/attach?${ALL}`, { stream: true, stdin: true })
    await connection.head()
    await daemon.ok('start', id)
    connection.send('typed\n')
    connection.end()
    expect(framesOf(await connection.rest())).toEqual([{ stream: 'stdout', text: 'typed\n' }])
  })

  test('bad detach keys and unknown containers are refused before it', async () => {
    const bad = await daemon.api('POST', `/containers/${await create({})}/attach?stream=1&detachKeys=ctrl-%C3%BC`)
    expect([bad.status, bad.body]).toEqual([400, expect.stringContaining('Invalid detach keys (ctrl-ü) provided')])
    expect((await daemon.api('POST', '/containers/nosuch/attach?stream=1')).status).toBe(404)
  })
})

describe('output', () => {
  test('before, between and after: who attaches before the start misses nothing', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'seq 5000; echo err >&2'] })
    using connection = attach(id, 'stream=1&stdout=1&stderr=1')
    await connection.head()
    await daemon.ok('start', id)
    const body = await connection.rest()
    expect(textOf(body, 'stdout')).toBe(Array.from({ length: 5000 }, (_, i) => `${i + 1}\n`).join(''))
    expect(textOf(body, 'stderr')).toBe('err\n')
  })

  test('only the streams that were asked for', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'echo out; echo err >&2'] })
    using connection = attach(id, 'stream=1&stderr=1')
    await connection.head()
    await daemon.ok('start', id)
    expect(framesOf(await connection.rest())).toEqual([{ stream: 'stderr', text: 'err\n' }])
  })

  test('everyone who is attached gets all of it', async () => {
    const id = await create({ Cmd: ['sh'], OpenStdin: true })
    await daemon.ok('start', id)
    using first = attach(id)
    using second = attach(id)
    await Promise.all([first.head(), second.head()])
    first.send('echo to all\n')
    await Promise.all([first.receives('to all\n'), second.receives('to all\n')])
    second.send('exit\n')
    await Promise.all([first.rest(), second.rest()])
  })

  test('logs=1 begins with what was written before', async () => {
    const id = await create({ Cmd: ['sh'], OpenStdin: true })
    await daemon.ok('start', id)
    using shell = attach(id)
    await shell.head()
    shell.send('echo before\n')
    await shell.receives('before\n')
    using late = attach(id, 'logs=1&stream=1&stdout=1')
    await late.receives('before\n')
    // As under docker, what is written between the logs and the moment of joining is in neither.
    await until('the late one to have joined', () => {
      shell.send('echo joined\n')
      return late.payload.includes('joined\n')
    })
    shell.send('echo after; exit\n')
    expect(textOf(await late.rest(), 'stdout')).toMatch(/^before\n(joined\n)+after\n$/)
    using only = attach(id, 'logs=1&stdout=1')
    expect(textOf(await only.rest(), 'stdout')).toMatch(/^before\n(joined\n)+after\n$/)
    using nothing = attach(id, '')
    expect((await nothing.rest()).length).toBe(0)
  })

  test('in the host’s PID namespace, what the process left behind ends with it, and does not keep the clients', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'echo hi; (setsid sleep 1000 &) ; sleep 0.1'], HostConfig: { PidMode: 'host' } })
    using connection = attach(id, 'stream=1&stdout=1')
    await connection.head()
    await daemon.ok('start', id)
    expect(textOf(await connection.rest(), 'stdout')).toBe('hi\n')
    await daemon.ok('rm', '-f', id)
  })
})

test('a log that cannot be read is said in the stream', async () => {
  const id = await create({ Cmd: ['true'], HostConfig: { LogConfig: { Type: 'none' } } })
  using connection = attach(id, 'logs=1&stdout=1')
  const body = await connection.rest()
  expect([body[0], body.toString('utf8', 8)]).toEqual([3, 'configured logging driver does not support reading'])
})

test('without an upgrade and without a body, a client that asks for input stays', async () => {
  const id = await create({ Cmd: ['sh', '-c', 'echo begun; sleep 0.3; echo done'], OpenStdin: true })
  using connection = new RawConnection(daemon.socketPath)
  connection.send(`POST /containers/${id}/attach?${ALL} HTTP/1.1\r\nHost: docker\r\n\r\n`)
  await connection.head()
  await daemon.ok('start', id)
  expect(textOf(await connection.rest(), 'stdout')).toBe('begun\ndone\n')
})

describe('input', () => {
  test('what was typed arrives, though the client leaves at once and the process goes on printing', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'while :; do echo tick; usleep 200; done & exec cat > /typed'], OpenStdin: true })
    await daemon.ok('start', id)
    const lines = Array.from({ length: 60 }, (_, number) => `line ${number}\n`)
    for (const line of lines) {
      using connection = attach(id)
      await connection.receives('tick')
      connection.send(line)
    }
    const typed = async () => new Set((await daemon.ok('exec', id, 'cat', '/typed')).split('\n'))
    await until('all of it to arrive', async () => (await typed()).size === lines.length)
    await daemon.ok('rm', '-f', id)
  })

  test('its end is the end for a process that was created for one client', async () => {
    const id = await create({ Cmd: ['wc', '-c'], OpenStdin: true, StdinOnce: true })
    using connection = attach(id)
    await connection.head()
    connection.send('12345')
    connection.end()
    await daemon.ok('start', id)
    expect(textOf(await connection.rest(), 'stdout')).toBe('5\n')
  })

  test('a client of such a process that vanishes ends its input too', async () => {
    const id = await create({ Cmd: ['cat'], OpenStdin: true, StdinOnce: true })
    const connection = attach(id)
    await connection.head()
    await daemon.ok('start', id)
    connection.send('x')
    await connection.receives('x')
    connection[Symbol.dispose]()
    expect(await daemon.ok('wait', id)).toBe('0')
  })

  test('otherwise its end is only the end of this client', async () => {
    const id = await create({ Cmd: ['cat'], OpenStdin: true })
    await daemon.ok('start', id)
    for (const text of ['first\n', 'second\n']) {
      using connection = attach(id)
      await connection.head()
      connection.send(text)
      await connection.receives(text)
      connection.end()
      await connection.rest()
    }
    expect(await daemon.ok('logs', id)).toBe('first\nsecond')
    expect(await running(id)).toBe(true)
  })

  test('is ignored when the process has none', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'read line; echo "got $line"'] })
    using connection = attach(id)
    await connection.head()
    connection.send('something\n')
    await daemon.ok('start', id)
    expect(textOf(await connection.rest(), 'stdout')).toBe('got \n')
  })

  test('of many megabytes, slower than the process reads', async () => {
    const input = Buffer.alloc(8_000_000, 'engine')
    const { code, stdout } = await daemon.docker(['run', '--rm', '-i', 'busybox', 'sh', '-c', 'sleep 0.3; md5sum'], { input })
    expect([code, stdout]).toEqual([0, `${createHash('md5').update(input).digest('hex')}  -\n`])
  })
})

describe('a terminal', () => {
  test('docker run -it: typed into and read from, with its size', async () => {
    await using shell = terminal(daemon, 'docker run -it --rm busybox sh', { rows: 31, columns: 97 })
    await shell.shows(/\/ # /)
    shell.type('stty size; tty; echo $TERM\r')
    await shell.shows(/31 97\r\n\/dev\/pts\/0\r\nxterm\r\n/)
    shell.type('exit 7\r')
    expect(await shell.ended).toBe(7)
  })

  test('detached by its keys it lives on, and can be attached again and again', async () => {
    await daemon.ok('run', '-dit', '--name', 'shell', 'busybox', 'sh')
    for (const word of ['one', 'two']) {
      await using shell = terminal(daemon, 'docker attach shell')
      shell.type(`echo is-${word}\r`)
      await shell.shows(new RegExp(`\\r\\nis-${word}\\r\\n`))
      shell.type('\x10\x11')
      await shell.shows(/read escape sequence/)
      await shell.ended
    }
    expect(await running('shell')).toBe(true)
  })

  test('with keys of one’s own', async () => {
    await daemon.ok('run', '-dit', '--name', 'keys', 'busybox', 'cat')
    await using cat = terminal(daemon, 'docker attach --detach-keys=ctrl-a,x keys')
    cat.type('\x01\x01y\r')
    await cat.shows(/\^A\^Ay/)
    cat.type('\x01x')
    await cat.shows(/read escape sequence/)
    expect(await running('keys')).toBe(true)
  })

  test('the daemon knows the keys too, and says that the client detached', async () => {
    const id = await create({ Cmd: ['cat'], OpenStdin: true, StdinOnce: true, Tty: true })
    await daemon.ok('start', id)
    const since = String(Date.now() / 1000)
    using connection = attach(id)
    await connection.head()
    connection.send('x\x10')
    await connection.receives('x')
    connection.send('\x11')
    await connection.rest()
    expect(await running(id)).toBe(true)
    const events = await daemon.ok('events', '--since', since, '--until', (Date.now() / 1000).toFixed(3), '-f', `container=${id}`, '--format', '{{.Action}}')
    expect(events.split('\n')).toEqual(['attach', 'detach'])
  })

  test('a client that vanishes does nothing to the process', async () => {
    const id = await create({ Cmd: ['cat'], OpenStdin: true, StdinOnce: true, Tty: true })
    await daemon.ok('start', id)
    const connection = attach(id)
    await connection.head()
    connection.send('x\r')
    await connection.receives('x')
    connection[Symbol.dispose]()
    using again = attach(id)
    again.send('y\r')
    await again.receives('y')
    expect(await running(id)).toBe(true)
  })

  test('is resized', async () => {
    const id = await daemon.ok('run', '-dit', 'busybox', 'sh')
    expect((await daemon.api('POST', `/containers/${id}/resize?h=20&w=55`)).status).toBe(200)
    using connection = attach(id)
    connection.send('stty size\r')
    await connection.receives('20 55')
    for (const [query, message] of [
      ['h=a&w=1', 'invalid resize height "a": invalid syntax'],
      ['h=1&w=4294967296', 'invalid resize width "4294967296": value out of range'],
    ]) {
      const refused = await daemon.api('POST', `/containers/${id}/resize?${query}`)
      expect([refused.status, refused.json<{ message: string }>().message]).toEqual([400, message])
    }
  })
})

describe('the real CLI', () => {
  test('docker start -ai', async () => {
    await daemon.ok('create', '-i', '--name', 'greet', 'busybox', 'sh', '-c', 'read name; echo "hello $name"; exit 4')
    const { code, stdout } = await daemon.docker(['start', '-ai', 'greet'], { input: 'world\n' })
    expect([code, stdout]).toEqual([4, 'hello world\n'])
  })

  test('docker attach ends with the container’s exit code; of one that does not run it says so', async () => {
    const id = await daemon.ok('run', '-di', 'busybox', 'sh')
    await using attached = client(daemon, 'attach', id)
    attached.type('echo ready\n')
    await attached.shows(/ready/)
    attached.type('exit 9\n')
    expect(await attached.ended).toBe(9)
    const { code, stderr } = await daemon.docker(['attach', id])
    expect([code, stderr]).toEqual([1, 'You cannot attach to a stopped container, start it first\n'])
  })

  test('a client that is killed leaves no trace in the daemon', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'while :; do echo x; sleep 0.05; done')
    await using attached = client(daemon, 'attach', '--no-stdin', id)
    await attached.shows(/x/)
    attached.kill('SIGKILL')
    await attached.ended
    await until('the container to run on', () => running(id))
    await daemon.ok('rm', '-f', id)
  })
})
