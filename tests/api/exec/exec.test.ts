import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { framesOf, RawConnection, textOf } from '../../harness/raw-connection.ts'
import { client, terminal } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

/** One container, `box`, with a user and a folder of its own, in which everything is run. */
let daemon: TestDaemon
let box: string
beforeAll(async () => {
  daemon = await startDaemon()
  box = await daemon.ok(
    'run',
    '-d',
    '--name',
    'box',
    '-e',
    'FROM=container',
    '-e',
    'BOTH=container',
    '-w',
    '/tmp',
    '--hostname',
    'box',
    'busybox',
    'sleep',
    '1000',
  )
  await daemon.ok(
    'exec',
    'box',
    'sh',
    '-c',
    'mkdir -p /etc && echo "web:x:3333:4444::/srv/web:/bin/sh" >> /etc/passwd && printf "web:x:4444:\\nlogs:x:70:web\\n" >> /etc/group',
  )
})
afterAll(() => daemon[Symbol.asyncDispose]())

interface Inspected {
  readonly Running: boolean
  readonly ExitCode: number | null
  readonly Pid: number
}

async function create(config: object, container = 'box'): Promise<string> {
  const answer = await daemon.api('POST', `/containers/${container}/exec`, { AttachStdout: true, AttachStderr: true, ...config })
  expect([answer.status, answer.body]).toEqual([201, expect.stringMatching(/^\{"Id":"[0-9a-f]{64}"\}\n$/)])
  return answer.json<{ Id: string }>().Id
}

const start = (id: string, body: object = {}, version = '') => RawConnection.upgrade(daemon.socketPath, `${version}/exec/${id}/start`, body)
const inspect = async (id: string) => (await daemon.api('GET', `/exec/${id}/json`)).json<Inspected>()
const refused = ({ status, body }: { status: number; body: string }) => [status, (JSON.parse(body) as { message: string }).message]

describe('docker exec', () => {
  test('stdout, stderr and the exit code', async () => {
    expect(await daemon.docker(['exec', 'box', 'sh', '-c', 'echo out; echo err >&2; exit 5'])).toEqual({ code: 5, stdout: 'out\n', stderr: 'err\n' })
  })

  test('much output, all of it', async () => {
    const { stdout } = await daemon.docker(['exec', 'box', 'seq', '200000'])
    expect(stdout.length).toBe(1_288_895)
    expect(stdout.endsWith('\n199999\n200000\n')).toBe(true)
  })

  test('-i: input, and its end', async () => {
    const { code, stdout } = await daemon.docker(['exec', '-i', 'box', 'sh', '-c', 'wc -c; echo done'], { input: 'x'.repeat(300_000) })
    expect([code, stdout]).toEqual([0, '300000\ndone\n'])
    expect((await daemon.docker(['exec', 'box', 'cat'], { input: 'not attached' })).stdout).toBe('')
  })

  test('-e, -w, and what it has from the container', async () => {
    const lines = (await daemon.ok('exec', '-e', 'BOTH=exec', '-e', 'NEW=1', '-w', '/etc', 'box', 'sh', '-c', 'pwd; env')).split('\n')
    expect(lines[0]).toBe('/etc')
    expect(lines).toEqual(expect.arrayContaining(['FROM=container', 'BOTH=exec', 'NEW=1', 'HOSTNAME=box', 'HOME=/root']))
    expect(lines.some((line) => line.startsWith('TERM='))).toBe(false)
    expect(await daemon.ok('exec', 'box', 'pwd')).toBe('/tmp')
  })

  test.each([
    ['web', 'uid=3333(web) gid=4444(web) groups=70(logs),4444(web)', '/srv/web'],
    ['3333', 'uid=3333(web) gid=4444(web) groups=70(logs),4444(web)', '/srv/web'],
    ['web:logs', 'uid=3333(web) gid=70(logs) groups=70(logs)', '/srv/web'],
    ['4711:4712', 'uid=4711 gid=4712 groups=4712', '/'],
  ])('-u %s', async (user, id, home) => {
    expect(await daemon.ok('exec', '-u', user, 'box', 'sh', '-c', 'id; echo $HOME')).toBe(`${id}\n${home}`)
  })

  test('--privileged holds what the container does not', async () => {
    const effective = async (...flags: string[]) =>
      BigInt(`0x${await daemon.ok('exec', ...flags, 'box', 'sh', '-c', 'grep CapEff /proc/self/status | cut -f 2')}`)
    const [plain, privileged] = [await effective(), await effective('--privileged')]
    expect(plain).toBe(0xa80425fbn)
    expect(privileged & (1n << 12n)).not.toBe(0n)
  })

  test('-d returns once it runs', async () => {
    await daemon.ok('exec', '-d', 'box', 'sh', '-c', 'echo detached > /tmp/detached')
    await until('it to have run', async () => (await daemon.docker(['exec', 'box', 'cat', '/tmp/detached'])).stdout === 'detached\n')
    const failed = await daemon.docker(['exec', '-d', 'box', 'nosuch'])
    expect(failed.code).not.toBe(0)
    expect(failed.stderr).toContain('executable file not found in $PATH')
  })

  test('-it: a terminal of its own, with its size and its keys', async () => {
    await using shell = terminal(daemon, 'docker exec -it box sh', { rows: 33, columns: 99 })
    await shell.shows(/\/tmp # /)
    shell.type('stty size; echo $TERM\r')
    await shell.shows(/33 99\r\nxterm\r\n/)
    shell.type('exit 3\r')
    expect(await shell.ended).toBe(3)
    await using left = terminal(daemon, 'docker exec -it box sh -c "echo here; exec sleep 1234"')
    await left.shows(/here/)
    left.type('\x10\x11')
    await left.ended
    expect(await daemon.ok('exec', 'box', 'ps')).toContain('sleep 1234')
  })

  test('a client that is killed does not kill what it started', async () => {
    await using left = client(daemon, 'exec', 'box', 'sh', '-c', 'echo here; exec sleep 4321')
    await left.shows(/here/)
    left.kill('SIGKILL')
    await left.ended
    expect(await daemon.ok('exec', 'box', 'ps')).toContain('sleep 4321')
  })

  test('the end of the container ends it', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    await using exec = client(daemon, 'exec', id, 'sh', '-c', 'echo here; sleep 1000')
    await exec.shows(/here/)
    await daemon.ok('kill', id)
    expect(await exec.ended).toBe(137)
  })

  test('a child that keeps the pipe does not keep the client for long', async () => {
    const { code, stdout } = await daemon.docker(['exec', 'box', 'sh', '-c', 'sleep 5678 & echo hi; exit 6'], { timeoutMs: 30_000 })
    expect([code, stdout]).toEqual([6, 'hi\n'])
  })

  test('many at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, i) => daemon.docker(['exec', '-i', 'box', 'sh', '-c', `cat; exit ${i}`], { input: `${i}` })),
    )
    expect(outcomes.map(({ code, stdout }) => [code, stdout])).toEqual(outcomes.map((_, i) => [i, `${i}`]))
  })
})

describe('what cannot be run', () => {
  const FAILED = 'OCI runtime exec failed: exec failed: unable to start container process: '
  test.each([
    ['a missing program', ['nosuch'], 127, `${FAILED}exec: "nosuch": executable file not found in $PATH: unknown`],
    ['a missing path', ['/no/such'], 127, `${FAILED}exec: "/no/such": stat /no/such: no such file or directory: unknown`],
    ['a file that is not executable', ['/etc/passwd'], 126, `${FAILED}exec: "/etc/passwd": permission denied: unknown`],
  ])('%s', async (_, command, code, message) => {
    const { code: exitCode, stdout, stderr } = await daemon.docker(['exec', 'box', ...command])
    expect([exitCode, stdout + stderr]).toEqual([code, `${message}\r\n`])
    const id = await create({ Cmd: command })
    using connection = start(id)
    expect(framesOf(await connection.rest())).toEqual([{ stream: 'stdout', text: `${message}\r\n` }])
    expect(await inspect(id)).toMatchObject({ Running: false, ExitCode: code })
  })

  test('a folder that is not there', async () => {
    const { code, stdout, stderr } = await daemon.docker(['exec', '-w', '/not/there', 'box', 'pwd'])
    expect(code).not.toBe(0)
    expect(stdout + stderr).toContain('no such file or directory')
  })

  test('a detached one that fails is an error of the request', async () => {
    const answer = await daemon.api('POST', `/exec/${await create({ Cmd: ['nosuch'] })}/start`, { Detach: true })
    expect(refused(answer)).toEqual([400, `${FAILED}exec: "nosuch": executable file not found in $PATH: unknown`])
  })

  test.each<[string, object, number, string]>([
    ['nothing', { Cmd: [] }, 400, 'No exec command specified'],
    ['by an unknown user', { Cmd: ['id'], User: 'ghost' }, 400, 'unable to find user ghost: no matching entries in passwd file'],
    ['with keys that are none', { Cmd: ['id'], DetachKeys: 'ctrl-1' }, 400, 'Invalid escape keys (ctrl-1) provided'],
  ])('%s', async (_, config, status, message) => {
    expect(refused(await daemon.api('POST', '/containers/box/exec', config))).toEqual([status, message])
  })

  test('in a container that is not there, or what was never created', async () => {
    expect(refused(await daemon.api('POST', '/containers/nosuch/exec', { Cmd: ['id'] }))).toEqual([404, 'No such container: nosuch'])
    for (const [method, path] of [
      ['POST', 'start'],
      ['POST', 'resize?h=1&w=1'],
      ['GET', 'json'],
    ] as const) {
      expect(refused(await daemon.api(method, `/exec/feed/${path}`))).toEqual([404, 'No such exec instance: feed'])
    }
  })

  test('the same one twice', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'read line'], AttachStdin: true })
    using connection = start(id)
    await until('it to run', async () => (await inspect(id)).Running)
    const again = (Detach: boolean) => daemon.api('POST', `/exec/${id}/start`, { Detach })
    expect(refused(await again(true))).toEqual([409, `exec command ${id} is already running`])
    // Compose starts what it has attached to once more, and must not hear of a failure: who wants the output finds the reason there.
    const attached = await again(false)
    expect([attached.status, attached.body.slice(8)]).toEqual([200, `exec command ${id} is already running\r\n`])
    connection.end()
    await connection.rest()
    expect(refused(await again(true))).toEqual([409, `exec command ${id} has already run`])
    expect((await again(false)).body.slice(8)).toBe(`exec command ${id} has already run\r\n`)
  })

  test('one whose container has stopped meanwhile', async () => {
    const other = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const id = await create({ Cmd: ['true'] }, other)
    await daemon.ok('kill', other)
    const answer = await daemon.api('POST', `/exec/${id}/start`, { Detach: true })
    expect(answer.status).toBeGreaterThanOrEqual(404)
    expect(answer.status).toBeLessThanOrEqual(409)
  })
})

describe('the API', () => {
  test('the head of a start, with and without an upgrade', async () => {
    using upgraded = start(await create({ Cmd: ['true'] }))
    expect(await upgraded.head()).toMatch(
      /^HTTP\/1\.1 101 UPGRADED\r\nContent-Type: application\/vnd\.docker\.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp/,
    )
    using old = start(await create({ Cmd: ['true'] }), {}, '/v1.41')
    expect(await old.head()).toContain('Content-Type: application/vnd.docker.raw-stream')
    const plain = await daemon.api('POST', `/exec/${await create({ Cmd: ['echo', 'hi'] })}/start`, {})
    expect([plain.status, plain.headers['content-type'], plain.body]).toEqual([200, 'application/vnd.docker.raw-stream', '\u0001\0\0\0\0\0\0\u0003hi\n'])
  })

  test('an empty body starts with all defaults', async () => {
    const answer = await daemon.api('POST', `/exec/${await create({ Cmd: ['echo', 'hi'] })}/start`)
    expect([answer.status, answer.body]).toEqual([200, '\u0001\0\0\0\0\0\0\u0003hi\n'])
  })

  test('input that comes with the request, half-closing, and frames by stream', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'cat; echo err >&2; exit 8'], AttachStdin: true })
    using connection = start(id)
    connection.send('typed early ')
    connection.send('and late')
    connection.end()
    const body = await connection.rest()
    expect([textOf(body, 'stdout'), textOf(body, 'stderr')]).toEqual(['typed early and late', 'err\n'])
    expect(await inspect(id)).toMatchObject({ Running: false, ExitCode: 8, Pid: 0 })
  })

  test('what inspect shows before, while and after it runs', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'read line'], AttachStdin: true, User: '0', Privileged: true })
    const shape = {
      ID: id,
      ContainerID: box,
      OpenStdin: true,
      OpenStdout: true,
      OpenStderr: true,
      CanRemove: false,
      DetachKeys: '',
      ProcessConfig: { tty: false, entrypoint: 'sh', arguments: ['-c', 'read line'], privileged: true, user: '0' },
    } // prettier-ignore
    expect(await inspect(id)).toEqual({ ...shape, Running: false, ExitCode: null, Pid: 0 })
    using connection = start(id)
    await until('it to run', async () => (await inspect(id)).Running)
    expect(await inspect(id)).toEqual({ ...shape, Running: true, ExitCode: null, Pid: expect.any(Number) })
    const execs = async () => (await daemon.api('GET', '/containers/box/json')).json<{ ExecIDs: string[] | null }>().ExecIDs
    expect(await execs()).toContain(id)
    connection.end()
    await connection.rest()
    expect(await inspect(id)).toEqual({ ...shape, Running: false, ExitCode: 1, Pid: 0 })
    expect(await execs()).not.toContain(id)
  })

  test('a terminal: raw, sized at create, resized while it runs', async () => {
    const id = await create({ Cmd: ['sh'], Tty: true, AttachStdin: true, ConsoleSize: [12, 34] })
    using connection = start(id, { Tty: true })
    expect(await connection.head()).toContain('raw-stream')
    connection.send('stty size\r')
    await connection.receives('12 34\r\n')
    expect((await daemon.api('POST', `/exec/${id}/resize?h=21&w=43`)).status).toBe(200)
    connection.send('stty size; exit\r')
    await connection.receives('21 43\r\n')
    await connection.rest()
    expect(refused(await daemon.api('POST', `/exec/${id}/resize?h=x&w=43`))).toEqual([400, 'invalid resize height "x": invalid syntax'])
  })

  test('a resize that comes before the process waits for it', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'until [ "$(stty size 2>/dev/null)" = "5 6" ]; do sleep 0.05; done; stty size'], Tty: true })
    using connection = start(id, { Tty: true })
    expect(await until('the resize to be taken', async () => (await daemon.api('POST', `/exec/${id}/resize?h=5&w=6`)).status === 200 && 'yes')).toBe('yes')
    expect((await connection.rest()).toString()).toBe('5 6\r\n')
  })
})
