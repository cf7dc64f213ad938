import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { openFiles } from '../../harness/open-files.ts'
import { type BinaryAnswer, framesOf, getBytes, RawConnection, textOf } from '../../harness/raw-connection.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** A container that has ended. */
async function ended(script: string, ...flags: string[]): Promise<string> {
  const id = await daemon.ok('run', '-d', ...flags, 'busybox', 'sh', '-c', script)
  await daemon.ok('wait', id)
  return id
}

/** A container that says what it is told, piece by piece, each once the one before is in the log. `out` and `err` are streams. */
async function spoken(...pieces: readonly (readonly [stream: 'out' | 'err', text: string])[]): Promise<string> {
  const id = await daemon.ok('run', '-d', '-i', 'busybox', 'sh')
  await using shell = client(daemon, 'attach', id)
  let said = 0
  for (const [stream, text] of pieces) {
    shell.type(`printf '${text}'${stream === 'err' ? ' >&2' : ''}\n`)
    said += text.length
    await until(`${JSON.stringify(text)} to be in the log`, async () => {
      const { stdout, stderr } = await daemon.docker(['logs', id])
      return stdout.length + stderr.length === said
    })
  }
  shell.type('exit\n')
  await daemon.ok('wait', id)
  return id
}

/** The answer, byte for byte. */
function raw(id: string, query: string, version = ''): Promise<BinaryAnswer> {
  return getBytes(daemon.socketPath, `${version}/containers/${id}/logs?${query}`)
}

describe('what was written', () => {
  test('comes back stream by stream, byte for byte', async () => {
    const id = await spoken(['out', 'out\n'], ['err', 'err\n'], ['out', 'no end'])
    expect(await daemon.docker(['logs', id])).toEqual({ code: 0, stdout: 'out\nno end', stderr: 'err\n' })
    expect(framesOf((await raw(id, 'stdout=1&stderr=1')).body)).toEqual([
      { stream: 'stdout', text: 'out\n' },
      { stream: 'stderr', text: 'err\n' },
      { stream: 'stdout', text: 'no end' },
    ])
    expect(framesOf((await raw(id, 'stderr=1')).body)).toEqual([{ stream: 'stderr', text: 'err\n' }])
  })

  test('bytes that are no text, empty lines, and carriage returns', async () => {
    const id = await ended(String.raw`printf '\377\000\001\n\n\r\n\302'`)
    const bytes = Buffer.concat(cut((await raw(id, 'stdout=1')).body))
    expect([...bytes]).toEqual([0xff, 0, 1, 10, 10, 13, 10, 0xc2])
  })

  test('a line of a megabyte', async () => {
    const id = await ended('head -c 1000000 /dev/zero | tr "\\0" x; echo; echo after')
    const { stdout } = await daemon.docker(['logs', id])
    expect(stdout === `${'x'.repeat(1_000_000)}\nafter\n`).toBe(true)
    expect((await daemon.docker(['logs', '--tail', '1', id])).stdout).toBe('after\n')
    expect((await daemon.docker(['logs', '--tail', '2', id])).stdout.length).toBe(1_000_007)
  })

  test('of a terminal: raw, and all of it stdout', async () => {
    const id = await ended('echo out; echo err >&2', '-t')
    expect(await raw(id, 'stdout=1')).toEqual({ status: 200, type: 'application/vnd.docker.raw-stream', body: Buffer.from('out\r\nerr\r\n') })
    expect((await daemon.docker(['logs', id])).stdout).toBe('out\r\nerr\r\n')
  })

  test('all runs of a container, one after the other', async () => {
    const id = await ended('echo run')
    await daemon.ok('start', '-a', id)
    expect(await daemon.ok('logs', id)).toBe('run\nrun')
  })

  test('nothing, of a container that never ran, even when following', async () => {
    const id = await daemon.ok('create', 'busybox')
    expect(await daemon.ok('logs', id)).toBe('')
    expect(await daemon.ok('logs', '-f', id)).toBe('')
  })
})

/** The payloads of all frames. */
function cut(body: Buffer): Buffer[] {
  const payloads: Buffer[] = []
  for (let at = 0; at < body.length; at += 8 + body.readUInt32BE(at + 4)) payloads.push(body.subarray(at + 8, at + 8 + body.readUInt32BE(at + 4)))
  return payloads
}

describe('what is wanted of it', () => {
  let id: string
  const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /
  beforeAll(async () => {
    id = await spoken(...[1, 2, 3, 4, 5].flatMap((i) => [['out', `${i}\n`] as const, ['err', `e${i}\n`] as const]))
  })

  test.each([
    ['--tail all', ['--tail', 'all'], '1 2 3 4 5', 'e1 e2 e3 e4 e5'],
    ['--tail that is no number', ['--tail', 'many'], '1 2 3 4 5', 'e1 e2 e3 e4 e5'],
    ['--tail -1', ['--tail', '-1'], '1 2 3 4 5', 'e1 e2 e3 e4 e5'],
    ['--tail 3', ['--tail', '3'], '5', 'e4 e5'],
    ['--tail 0', ['--tail', '0'], '', ''],
    ['--tail 99', ['--tail', '99'], '1 2 3 4 5', 'e1 e2 e3 e4 e5'],
  ])('%s', async (_, flags, out, err) => {
    const { stdout, stderr } = await daemon.docker(['logs', ...flags, id])
    expect([stdout, stderr].map((text) => text.trimEnd().split('\n').join(' '))).toEqual([out, err])
  })

  test('the last lines are counted before a stream is chosen, as in dockerd', async () => {
    const [out, err] = await Promise.all((['stdout', 'stderr'] as const).map(async (stream) => textOf((await raw(id, `${stream}=1&tail=3`)).body, stream)))
    expect(`${out}${err}`.trimEnd().split('\n')).toHaveLength(3)
  })

  test('-t puts nine digits of time before each line', async () => {
    const { stdout } = await daemon.docker(['logs', '-t', id])
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .every((line) => TIME.test(line)),
    ).toBe(true)
    expect(stdout.replaceAll(new RegExp(TIME, 'gm'), '')).toBe('1\n2\n3\n4\n5\n')
  })

  test('--since and --until include their bounds', async () => {
    const times = (await daemon.ok('logs', '-t', id)).split('\n').map((line) => line.split(' ')[0] ?? '')
    expect(await daemon.ok('logs', '--since', times[2] ?? '', id)).toBe('3\n4\n5')
    expect(await daemon.ok('logs', '--until', times[2] ?? '', id)).toBe('1\n2\n3')
    expect(await daemon.ok('logs', '--since', times[1] ?? '', '--until', times[3] ?? '', id)).toBe('2\n3\n4')
    expect(await daemon.ok('logs', '--since', times[0] ?? '', '--tail', '2', id)).toBe('5')
    expect(await daemon.ok('logs', '--since', '1h', id)).toBe('1\n2\n3\n4\n5')
    expect(await daemon.ok('logs', '--since', '2100-01-01', id)).toBe('')
  })

  test('Unix times with a fraction', async () => {
    const [time = ''] = (await daemon.ok('logs', '-t', '--tail', '2', id)).split(' ')
    const seconds = Math.floor(Date.parse(time) / 1000)
    const nanos = /\.(\d{9})/.exec(time)?.[1] ?? ''
    expect(textOf((await raw(id, `stdout=1&since=${seconds}.${nanos}`)).body, 'stdout')).toBe('5\n')
    expect(textOf((await raw(id, 'stdout=1&since=0&until=0')).body, 'stdout')).toBe('1\n2\n3\n4\n5\n')
  })

  test('--details shows the labels and variables that the log was told to keep', async () => {
    const one = await ended('echo hi', '-l', 'b=x y', '-e', 'A=1', '--log-opt', 'labels=b', '--log-opt', 'env=A')
    expect(await daemon.ok('logs', '--details', one)).toBe('A=1,b=x+y hi')
  })
})

describe('following', () => {
  test('shows what is written as it is written, and ends with the container', async () => {
    const id = await daemon.ok('run', '-d', '-i', 'busybox', 'sh')
    await using logs = client(daemon, 'logs', '-f', id)
    await using shell = client(daemon, 'attach', id)
    shell.type('echo one\n')
    await logs.shows(/^one\n$/)
    shell.type('printf "half"; sleep 0.1; echo " line"\n')
    await logs.shows(/^one\nhalf line\n$/)
    shell.type('exit\n')
    expect([await logs.ended, logs.stdout]).toEqual([0, 'one\nhalf line\n'])
  })

  test('begins with the last lines, and loses none that are written meanwhile', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'seq 1000; i=1000; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; done; sleep 0.5')
    const numbers = (text: string) => text.trimEnd().split('\n').map(Number)
    const followers = await Promise.all([['--tail', '5'], [], ['--tail', '5', '--since', '1h']].map((flags) => daemon.docker(['logs', '-f', ...flags, id])))
    for (const { stdout } of followers) {
      const seen = numbers(stdout)
      expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => 3001 - seen.length + i))
      expect(seen.length).toBeGreaterThanOrEqual(5)
    }
    expect(numbers(followers[1]?.stdout ?? '').length).toBe(3000)
  })

  test('of a stopped container ends after what there is', async () => {
    expect(await daemon.ok('logs', '-f', await ended('echo all'))).toBe('all')
  })

  test('ends when the container is removed under it', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'echo here; sleep 1000')
    await using logs = client(daemon, 'logs', '-f', id)
    await logs.shows(/here/)
    await daemon.ok('rm', '-f', id)
    expect(await logs.ended).toBe(0)
  })

  test('the head is sent before there is any output', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    using connection = new RawConnection(daemon.socketPath)
    connection.send(`GET /containers/${id}/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: docker\r\n\r\n`)
    const head = await connection.head()
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(head.toLowerCase()).toContain('content-type: application/vnd.docker.multiplexed-stream')
    expect(head.toLowerCase()).toContain('transfer-encoding: chunked')
  })

  test('what a removed follower held is given back', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const logs = async () => (await openFiles(daemon.pid)).filter((name) => name.endsWith('.log')).length
    const followers = Array.from({ length: 5 }, () => client(daemon, 'logs', '-f', id))
    await until('the log to be opened', async () => (await logs()) === 5)
    for (const follower of followers) await follower[Symbol.asyncDispose]()
    await until('all files to be closed', async () => (await logs()) === 0)
  })
})

describe('refused', () => {
  const message = (answer: { body: string }) => (JSON.parse(answer.body) as { message: string }).message

  test('no stream at all', async () => {
    const answer = await daemon.api('GET', `/containers/${await daemon.ok('create', 'busybox')}/logs`)
    expect([answer.status, message(answer)]).toEqual([400, 'Bad parameters: you must choose at least one stream'])
  })

  test('the log of a container that keeps none', async () => {
    const id = await ended('echo x', '--log-driver', 'none')
    const answer = await daemon.api('GET', `/containers/${id}/logs?stdout=1`)
    expect([answer.status, message(answer)]).toEqual([501, 'configured logging driver does not support reading'])
  })

  test('a container that is not there', async () => {
    const answer = await daemon.api('GET', '/containers/nosuch/logs?stdout=1')
    expect([answer.status, message(answer)]).toEqual([404, 'No such container: nosuch'])
  })

  test('a time that is none', async () => {
    const id = await daemon.ok('create', 'busybox')
    expect((await daemon.api('GET', `/containers/${id}/logs?stdout=1&since=yesterday`)).status).toBe(400)
  })
})

test('below 1.42 the type says raw stream', async () => {
  const id = await ended('echo x')
  expect((await raw(id, 'stdout=1', '/v1.41')).type).toBe('application/vnd.docker.raw-stream')
  expect((await raw(id, 'stdout=1', '/v1.42')).type).toBe('application/vnd.docker.multiplexed-stream')
})
