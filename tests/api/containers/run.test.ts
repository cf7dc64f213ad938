import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { RawConnection, textOf } from '../../harness/raw-connection.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** What a command in a container of its own prints. */
function output(flags: readonly string[], script: string): Promise<string> {
  return daemon.ok('run', '--rm', ...flags, 'busybox', 'sh', '-c', script)
}

describe('how a container is run', () => {
  test('-d prints the id and leaves it running', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(await daemon.ok('inspect', '-f', '{{.State.Status}}', id)).toBe('running')
  })

  test('-i takes input that comes before the process, and its end', async () => {
    const { code, stdout } = await daemon.docker(['run', '--rm', '-i', 'busybox', 'wc', '-c'], { input: 'x'.repeat(300_000) })
    expect([code, stdout]).toEqual([0, '300000\n'])
  })

  test('without -i the process reads the end at once', async () => {
    const { code, stdout } = await daemon.docker(['run', '--rm', 'busybox', 'cat'], { input: 'ignored' })
    expect([code, stdout]).toEqual([0, ''])
  })

  test('stdout and stderr stay apart, and what is written last is not lost', async () => {
    const { code, stdout, stderr } = await daemon.docker(['run', '--rm', 'busybox', 'sh', '-c', 'seq 20000; seq 20000 >&2; exit 3'])
    const numbers = Array.from({ length: 20000 }, (_, i) => `${i + 1}\n`).join('')
    expect(code).toBe(3)
    expect(stdout === numbers && stderr === numbers).toBe(true)
  })

  test.each([
    ['stdout', 'out\n', ''],
    ['stderr', '', 'err\n'],
  ])('-a %s attaches that stream only', async (stream, stdout, stderr) => {
    expect(await daemon.docker(['run', '--rm', '-a', stream, 'busybox', 'sh', '-c', 'echo out; echo err >&2'])).toEqual({ code: 0, stdout, stderr })
  })

  test('--rm removes it afterwards, with its anonymous volumes', async () => {
    await daemon.ok('run', '--rm', '--name', 'gone', '-v', '/data', 'busybox', 'true')
    expect(await daemon.ok('ps', '-a', '-q', '-f', 'name=gone')).toBe('')
    expect(await daemon.ok('volume', 'ls', '-q')).toBe('')
  })

  test('-d --rm removes it when it has ended by itself', async () => {
    const signals = join(daemon.root, 'signals')
    const id = await daemon.ok('run', '-d', '--rm', '-v', `${signals}:/signals`, 'busybox', 'sh', '-c', 'until [ -e /signals/end ]; do sleep 0.05; done')
    using waiting = new RawConnection(daemon.socketPath)
    waiting.send(`POST /containers/${id}/wait HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`)
    await waiting.head()
    await writeFile(join(signals, 'end'), '')
    expect((await waiting.rest()).toString()).toContain('{"StatusCode":0}')
    await until('it to be gone', async () => (await daemon.docker(['inspect', id])).code === 1)
  })

  test('without a name it gets one', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'true')
    expect(await daemon.ok('inspect', '-f', '{{.Name}}', id)).toMatch(/^\/[a-z]+_[a-z]+\d*$/)
  })

  test('--cidfile holds the id', async () => {
    const file = join(daemon.root, 'cid')
    const id = await daemon.ok('run', '-d', '--cidfile', file, 'busybox', 'true')
    expect(await readFile(file, 'utf8')).toBe(id)
  })

  test('the exit code of the CLI is that of the process', async () => {
    expect((await daemon.docker(['run', '--rm', 'busybox', 'sh', '-c', 'exit 42'])).code).toBe(42)
    expect((await daemon.docker(['run', '--rm', '--init', 'busybox', 'sh', '-c', 'kill -9 $$'])).code).toBe(137)
  })

  test('signals to the CLI reach the process', async () => {
    const script = 'trap "echo caught; exit 5" TERM; echo ready; while :; do sleep 0.1; done'
    await using run = client(daemon, 'run', '--rm', 'busybox', 'sh', '-c', script)
    await run.shows(/ready/)
    run.kill('SIGTERM')
    expect([await run.ended, run.stdout]).toEqual([5, 'ready\ncaught\n'])
  })
})

test('the requests of the CLI, in its own order: attached and waiting before the start', async () => {
  const post = (path: string, body?: unknown) => daemon.api('POST', `/v1.51/containers/${path}`, body)
  const config = {
    Image: 'busybox',
    Cmd: ['sh', '-c', 'cat; exit 9'],
    AttachStdin: true,
    AttachStdout: true,
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: { AutoRemove: true },
  }
  const { Id } = (await post('create', config)).json<{ Id: string }>()
  using attached = RawConnection.upgrade(daemon.socketPath, `/v1.51/containers/${Id}/attach?stderr=1&stdin=1&stdout=1&stream=1`)
  await attached.head()
  attached.send('typed before the start')
  attached.end()
  using waiting = new RawConnection(daemon.socketPath)
  waiting.send(`POST /v1.51/containers/${Id}/wait?condition=removed HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`)
  expect(await waiting.head()).toMatch(/^HTTP\/1\.1 200 OK/)
  expect((await post(`${Id}/start`)).status).toBe(204)
  expect(textOf(await attached.rest(), 'stdout')).toBe('typed before the start')
  expect((await waiting.rest()).toString()).toContain('{"StatusCode":9}')
  expect((await daemon.api('GET', `/containers/${Id}/json`)).status).toBe(404)
})

test('-P publishes what is exposed', async () => {
  const id = await daemon.ok('run', '-d', '-P', '--expose', '80', 'busybox', 'httpd', '-f', '-p', '80', '-h', '/etc')
  const port = (await daemon.ok('port', id, '80')).split('\n')[0]?.split(':').at(-1)
  const answer = await until('the server to answer', () => fetch(`http://127.0.0.1:${port}/passwd`).then((response) => response.text()))
  expect(answer).toContain('root:')
  await daemon.ok('rm', '-f', id)
})

describe('what the process finds', () => {
  test('-e and the environment that docker gives', async () => {
    const lines = (await output(['-e', 'A=1', '-e', 'EMPTY=', '-e', 'HOME=/elsewhere', '--hostname', 'box'], 'env')).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining(['A=1', 'EMPTY=', 'HOME=/elsewhere', 'HOSTNAME=box', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']),
    )
    expect(lines.some((line) => line.startsWith('TERM='))).toBe(false)
  })

  test('-w, made when it is missing', async () => {
    expect(await output(['-w', '/not/there/yet'], 'pwd')).toBe('/not/there/yet')
  })

  test.each([
    ['1234', 'uid=1234 gid=0(root) groups=0(root)'],
    ['1234:5678', 'uid=1234 gid=5678 groups=5678'],
    ['0:0', 'uid=0(root) gid=0(root) groups=0(root)'],
  ])('-u %s', async (user, expected) => {
    expect(await output(['-u', user], 'id')).toBe(expected)
  })

  test('-u with an unknown name', async () => {
    const { code, stderr } = await daemon.docker(['run', '--rm', '-u', 'nobody-here', 'busybox', 'true'])
    expect(code).toBe(125)
    expect(stderr).toContain('unable to find user nobody-here: no matching entries in passwd file')
  })

  test('a non-root user holds no capabilities', async () => {
    expect(await output(['-u', '1000'], 'grep -E "Cap(Prm|Eff)" /proc/self/status')).toMatch(/^CapPrm:\s0+\nCapEff:\s0+$/)
  })

  test('-v: a folder of the host, read-only or not, and a named volume', async () => {
    const host = join(daemon.root, 'shared')
    await output(['-v', `${host}:/h`, '-v', 'kept:/v'], 'echo host > /h/file; echo volume > /v/file')
    expect(await readFile(join(host, 'file'), 'utf8')).toBe('host\n')
    expect(await output(['-v', 'kept:/v'], 'cat /v/file')).toBe('volume')
    const { code, stderr } = await daemon.docker(['run', '--rm', '-v', `${host}:/h:ro`, 'busybox', 'touch', '/h/file'])
    expect(code).toBe(1)
    expect(stderr).toContain('Read-only file system')
  })

  test('--tmpfs with docker’s options, and the user’s', async () => {
    const line = await output(['--tmpfs', '/scratch:size=4m,mode=700'], 'grep /scratch /proc/mounts')
    expect(line).toMatch(/^tmpfs \/scratch tmpfs rw,nosuid,nodev,noexec,relatime,size=4096k,mode=700/)
    expect(await output(['--tmpfs', '/scratch:exec'], 'grep /scratch /proc/mounts')).not.toContain('noexec')
  })

  test('--entrypoint and --entrypoint ""', async () => {
    expect(await daemon.ok('run', '--rm', '--entrypoint', 'echo', 'busybox', 'a', 'b')).toBe('a b')
    expect(await daemon.ok('run', '--rm', '--entrypoint', '', 'busybox', 'echo', 'c')).toBe('c')
  })

  test('--hostname, in the kernel and in the files', async () => {
    expect(await output(['--hostname', 'box', '--domainname', 'example.org'], 'hostname; cat /etc/hostname; tail -n 1 /etc/hosts')).toMatch(
      /^box\nbox\n[\d.]+\tbox\.example\.org box$/,
    )
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    expect(await daemon.ok('exec', id, 'hostname')).toBe(id.slice(0, 12))
  })

  test('--add-host, also of the gateway', async () => {
    const lines = (await output(['--add-host', 'db:10.1.2.3', '--add-host', 'me:host-gateway'], 'cat /etc/hosts')).split('\n')
    expect(lines).toContain('10.1.2.3\tdb')
    expect(lines).toContain(`${daemon.subnet}.1\tme`)
  })

  test('-l labels', async () => {
    const id = await daemon.ok('run', '-d', '-l', 'a=b=c', '-l', 'bare', '-l', 'json={"x":"<&>"}', 'busybox', 'true')
    expect(JSON.parse(await daemon.ok('inspect', '-f', '{{json .Config.Labels}}', id))).toEqual({ a: 'b=c', bare: '', json: '{"x":"<&>"}' })
  })

  test('--read-only, with the files of the engine and /dev/shm still writable', async () => {
    const { stderr } = await daemon.docker([
      'run',
      '--rm',
      '--read-only',
      'busybox',
      'sh',
      '-c',
      'echo x > /dev/shm/x && echo "1.1.1.1 x" >> /etc/hosts && touch /file',
    ])
    expect(stderr).toBe('touch: /file: Read-only file system\n')
  })

  test('--init is process 1 and reaps', async () => {
    expect(await output(['--init'], 'echo $$; tr "\\0" " " < /proc/1/cmdline')).toMatch(/^[2-9]\d*\n\/sbin\/docker-init -- sh -c /)
  })
})

describe('what the process may', () => {
  const capabilities = (flags: readonly string[]) => output(flags, 'grep CapEff /proc/self/status | cut -f 2').then((text) => BigInt(`0x${text}`))
  const NET_ADMIN = 1n << 12n
  const CHOWN = 1n

  test('docker’s default capabilities', async () => {
    expect(await capabilities([])).toBe(0xa80425fbn)
  })

  test('--cap-add, --cap-drop, and ALL', async () => {
    expect(await capabilities(['--cap-add', 'NET_ADMIN'])).toBe(0xa80425fbn | NET_ADMIN)
    expect(await capabilities(['--cap-drop', 'CHOWN'])).toBe(0xa80425fbn & ~CHOWN)
    expect(await capabilities(['--cap-drop', 'ALL'])).toBe(0n)
    expect(await capabilities(['--cap-drop', 'ALL', '--cap-add', 'CAP_CHOWN'])).toBe(CHOWN)
  })

  test('--cap-add of what does not exist', async () => {
    const { code, stderr } = await daemon.docker(['run', '--rm', '--cap-add', 'FLY', 'busybox', 'true'])
    expect(code).toBe(125)
    expect(stderr).toContain('invalid CapAdd: unknown capability: "CAP_FLY"')
  })

  test('seccomp and masked paths by default, neither when --privileged', async () => {
    const script = 'grep Seccomp: /proc/self/status; wc -c < /proc/timer_list; grep -c "^sysfs /sys sysfs rw" /proc/mounts; ls /dev/kmsg 2> /dev/null || true'
    expect(await output([], script)).toMatch(/^Seccomp:\t2\n0\n0$/)
    expect(await output(['--privileged'], script)).toMatch(/^Seccomp:\t0\n[1-9]\d*\n1\n\/dev\/kmsg$/)
    expect(await output(['--security-opt', 'seccomp=unconfined'], 'grep Seccomp: /proc/self/status')).toBe('Seccomp:\t0')
  })

  test('--security-opt no-new-privileges', async () => {
    expect(await output([], 'grep NoNewPrivs /proc/self/status')).toBe('NoNewPrivs:\t0')
    expect(await output(['--security-opt', 'no-new-privileges'], 'grep NoNewPrivs /proc/self/status')).toBe('NoNewPrivs:\t1')
  })

  test('--memory, --cpus and --pids-limit are limits of its cgroup', async () => {
    const id = await daemon.ok('run', '-d', '--memory', '32m', '--cpus', '0.5', '--pids-limit', '20', 'busybox', 'sleep', '1000')
    const [memory, cpu, pids] = await Promise.all([
      limit(id, 'memory', 'memory.limit_in_bytes', 'memory.max'),
      limit(id, 'cpu', 'cpu.cfs_quota_us', 'cpu.max'),
      limit(id, 'pids', 'pids.max', 'pids.max'),
    ])
    expect([memory, cpu, pids]).toEqual([String(32 * 1024 * 1024), '50000', '20'])
    const { stderr } = await daemon.docker(['exec', id, 'sh', '-c', 'for i in $(seq 30); do sleep 5 & done'])
    expect(stderr).toContain("can't fork")
  })

  test('--ulimit and --sysctl', async () => {
    expect(await output(['--ulimit', 'nofile=100:200', '--sysctl', 'net.ipv4.ip_forward=1'], 'ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward')).toBe(
      '100\n200\n1',
    )
  })
})

/** One limit of a container's cgroup; the first word of a v2 file is the limit. */
async function limit(id: string, controller: string, fileV1: string, fileV2: string): Promise<string> {
  const pid = await daemon.ok('inspect', '-f', '{{.State.Pid}}', id)
  const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).split('\n').map((line) => line.split(':'))
  const v1 = lines.find(([, controllers]) => controllers?.split(',').includes(controller))
  const path = v1 ? join('/sys/fs/cgroup', controller, v1[2] ?? '', fileV1) : join('/sys/fs/cgroup', lines[0]?.[2] ?? '', fileV2)
  return (await readFile(path, 'utf8')).split(/\s/)[0] ?? ''
}

describe('a start that fails', () => {
  const start = (code: number, words: string) => [code, expect.stringContaining(words)]

  test.each([
    ['a missing program', ['nosuch'], 127, 'exec: "nosuch": executable file not found in $PATH: unknown'],
    ['a missing path', ['/no/such'], 127, 'no such file or directory'],
    ['a file that is not executable', ['/etc/hosts'], 126, 'permission denied'],
    ['a folder', ['/etc'], 126, 'permission denied'],
  ])('%s', async (_, command, code, words) => {
    const failed = await daemon.docker(['run', '--name', `bad${code}`, 'busybox', ...command])
    expect([failed.code, failed.stderr]).toEqual(start(code, words))
    expect(failed.stderr).toContain(
      'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process',
    )
    const state = JSON.parse(await daemon.ok('inspect', '-f', '{{json .State}}', `bad${code}`))
    expect([state.Status, state.ExitCode]).toEqual(['created', code])
    expect(state.Error).toContain(words)
    await daemon.ok('rm', `bad${code}`)
    const removed = await daemon.docker(['run', '--rm', '--name', `bad${code}`, 'busybox', ...command])
    expect([removed.code, removed.stderr]).toEqual(start(code, words))
    expect(await daemon.ok('ps', '-aq', '-f', `name=bad${code}`)).toBe('')
  })

  test('-d of a missing program says so too', async () => {
    const failed = await daemon.docker(['run', '-d', 'busybox', 'nosuch'])
    expect([failed.code, failed.stderr]).toEqual(start(127, 'executable file not found in $PATH'))
  })

  test('a network that does not exist', async () => {
    const failed = await daemon.docker(['run', '--rm', '--network', 'nowhere', 'busybox', 'true'])
    expect([failed.code, failed.stderr]).toEqual(start(125, 'failed to set up container networking: network nowhere not found'))
  })

  test('an image that does not exist', async () => {
    const failed = await daemon.docker(['run', '--rm', '--pull', 'never', 'nosuchimage', 'true'])
    expect([failed.code, failed.stderr]).toEqual(start(125, 'No such image: nosuchimage:latest'))
  })

  test('many at a time, of which every other fails while its bundle is being made: the rest runs', async () => {
    const indexes = Array.from({ length: 30 }, (_, i) => i)
    const user = (i: number) => (i % 2 ? ['-u', 'nosuchuser'] : [])
    for (const i of indexes) await daemon.ok('create', '--name', `many${i}`, ...user(i), 'busybox', 'sleep', '1000')
    const started = await Promise.all(indexes.map((i) => daemon.docker(['start', `many${i}`])))
    const refusal = [1, expect.stringContaining('unable to find user nosuchuser')]
    expect(started.map(({ code, stderr }) => [code, stderr])).toEqual(indexes.map((i) => (i % 2 ? refusal : [0, ''])))
    await daemon.ok('rm', '-f', ...indexes.map((i) => `many${i}`))
  })

  test('it leaves nothing behind', async () => {
    await daemon.docker(['run', '--name', 'traceless', 'busybox', 'nosuch'])
    await daemon.ok('rm', 'traceless')
    await daemon.docker(['run', '--rm', '-u', 'nosuchuser', 'busybox', 'true'])
    const ids = (await daemon.ok('ps', '-aq')).split('\n')
    const strangers = async () => (await daemon.traces()).filter((line) => !ids.some((id) => line.includes(id.slice(0, 8))))
    // What ended by itself in the tests before may be going still.
    expect(await until('nothing else to be there', async () => (await strangers()).length === 0).catch(strangers)).toBe(true)
  })
})
