import { createSocket } from 'node:dgram'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tar } from '../api/images/archives.ts'
import { PATIENCE_MS, RealVm } from '../harness/real-vm.ts'
import { client, terminal } from '../harness/session.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/**
 * The VM as a person has it: image, QEMU, engine, and the docker CLI on the socket of this computer. One boot, so the tests go
 * on from one another.
 */
let vm: RealVm

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.build()
})
afterAll(() => vm?.[Symbol.asyncDispose]())

/** A folder of this computer that the guest has, too. */
const shared = () => join(vm.home, 'shared')

/** Runs a program among the guest's own files, with the network of a container. */
const IN_THE_GUEST = ['--privileged', '--pid', 'host', 'busybox', 'nsenter', '-t', '1', '-m']

test('boots, stage by stage, until docker is answered', async () => {
  await mkdir(shared())
  const told = await vm.start('--share', shared())
  expect(told.match(/^✓ [A-Z][a-z']+/gm)).toEqual(['✓ Look', '✓ Prepare', '✓ Power', '✓ Boot', '✓ Mount', '✓ Bring', '✓ Share', '✓ Start', '✓ Open'])
  expect(await vm.status()).toMatchObject({ state: 'running', socket: vm.socketPath, driver: 'qemu', crashes: 0 })
  expect(await vm.ok('info', '--format', '{{.OSType}} {{.CgroupVersion}} {{.DockerRootDir}}')).toBe('linux 2 /data/engineroom')
  await vm.loadBusybox()
})

test('run -it: what is typed reaches the container, what it prints the terminal', async () => {
  await using shell = terminal(vm, `docker run --rm -it busybox sh -c 'echo "name?"; read name; echo "hello $name"; tty; exit 3'`)
  await shell.shows(/name\?/, PATIENCE_MS)
  shell.type('somebody\n')
  await shell.shows(/hello somebody\r\n\/dev\/pts\/0\r\n/, PATIENCE_MS)
  expect(await shell.ended).toBe(3)
})

test('build: the context goes in, the output comes back, and the image runs', async () => {
  const context = join(vm.home, 'context')
  await mkdir(context)
  await writeFile(join(context, 'words'), 'from this computer')
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nCOPY words /www/index.html\nRUN cat /www/index.html\nCMD ["httpd", "-f", "-h", "/www"]\n')
  expect(await vm.ok('build', '-t', 'web', context)).toContain('from this computer')
  expect(await vm.ok('run', '--rm', 'web', 'cat', '/www/index.html')).toBe('from this computer')
})

test('-v: a file that either side writes is there on the other; what is not shared is refused', async () => {
  await writeFile(join(shared(), 'from-here'), 'here')
  expect(await vm.ok('run', '--rm', '-v', `${shared()}:/src`, 'busybox', 'sh', '-c', 'cat /src/from-here && echo there >/src/from-there')).toBe('here')
  expect(await readFile(join(shared(), 'from-there'), 'utf8')).toBe('there\n')
  const { code, stderr } = await vm.docker(['run', '--rm', '-v', '/opt:/src', 'busybox', 'true'])
  expect([code, stderr]).toEqual([125, expect.stringContaining('Mounts denied: The path /opt is not shared with the virtual machine')])
})

describe('a port that a container publishes', () => {
  let at: number

  test('answers on this computer, by TCP', async () => {
    at = await freePort()
    await vm.ok('run', '-d', '--name', 'web', '--restart', 'always', '-p', `127.0.0.1:${at}:80`, 'web')
    expect(await page(at)).toBe('from this computer')
  })

  test('and by UDP', async () => {
    const udp = await freePort()
    // The guest's Node: busybox has nothing that answers datagrams.
    const echo = `const s = require('dgram').createSocket('udp4'); s.on('message', (m, from) => s.send('heard ' + m, from.port, from.address)); s.bind(53)`
    await vm.ok('run', '-d', '--name', 'echo', '-p', `127.0.0.1:${udp}:53/udp`, ...IN_THE_GUEST, 'node', '-e', echo)
    expect(await answerToDatagram(udp, 'a word')).toBe('heard a word')
    await vm.ok('rm', '-f', 'echo')
  })

  test('that another container or somebody on this computer has fails the start', async () => {
    const taken = await vm.docker(['run', '--rm', '-p', `127.0.0.1:${at}:80`, 'busybox', 'true'])
    expect([taken.code, taken.stderr]).toEqual([125, expect.stringMatching(/port is already allocated|address already in use/)])
    const here = await freePort()
    const somebody = createServer().listen(here, '127.0.0.1')
    const { code, stderr } = await vm.docker(['run', '--rm', '-p', `127.0.0.1:${here}:80`, 'busybox', 'true'])
    somebody.close()
    expect([code, stderr]).toEqual([125, expect.stringContaining(`failed to bind host port for 127.0.0.1:${here}:`)])
    expect(stderr).toContain('address already in use')
  })
})

test('logs -f and exec, while a container runs, until it ends', async () => {
  await vm.ok('run', '-d', '--name', 'waits', 'busybox', 'sh', '-c', 'echo up; while [ ! -e /go ]; do usleep 100000; done; cat /go; exit 4')
  await using logs = client(vm, 'logs', '-f', 'waits')
  await logs.shows(/up\n/, PATIENCE_MS)
  expect((await vm.docker(['exec', '-i', 'waits', 'sort'], { input: 'b\na\n' })).stdout).toBe('a\nb\n')
  expect((await vm.docker(['exec', 'waits', 'sh', '-c', 'exit 7'])).code).toBe(7)
  await vm.docker(['exec', '-i', 'waits', 'sh', '-c', 'cat >/root/go && mv /root/go /go'], { input: 'and on\n' })
  await logs.shows(/up\nand on\n/, PATIENCE_MS)
  expect(await logs.ended).toBe(0)
  expect(await vm.ok('wait', 'waits')).toBe('4')
})

test('a machine that is killed comes back by itself, with its data and what is to run always', async () => {
  await vm.ok('run', '--rm', '-v', 'kept:/kept', 'busybox', 'sh', '-c', 'echo acknowledged >/kept/file && sync')
  const at = Number((await vm.ok('port', 'web', '80')).split(':')[1])
  await vm.snapshotOfEngine()
  const { pid } = await vm.status()
  process.kill(pid ?? 0, 'SIGKILL')
  const again = await until(
    'the VM to be back',
    async () => {
      const status = await vm.status()
      return status.crashes === 1 && status.state === 'running' && status
    },
    PATIENCE_MS,
  )
  expect(again.pid).not.toBe(pid)
  expect(await vm.ok('run', '--rm', '-v', 'kept:/kept', 'busybox', 'cat', '/kept/file')).toBe('acknowledged')
  expect(await vm.ok('inspect', '--format', '{{.State.ExitCode}}', 'waits')).toBe('4')
  expect(await page(at)).toBe('from this computer')
  const commandLine = await vm.ok('run', '--rm', ...IN_THE_GUEST, 'sh', '-c', 'cat /proc/$(cat /run/engine.pid)/cmdline')
  expect(commandLine.split('\0')).toContain('--snapshot-blob')
  // Layers are unpacked beside the engine, which takes a process of its own where it was started so.
  const layer = await tar([['said', 'unpacked']])
  const imported = await vm.docker(['import', '-c', 'CMD ["cat", "/said"]', '-', 'imported:1'], { input: layer })
  expect([imported.code, imported.stderr]).toEqual([0, ''])
  expect((await vm.ok('history', '--format', '{{.Size}}', 'imported:1')).split('\n')).toEqual(['8B'])
})

test('stops in order, and leaves nothing running', async () => {
  const { pid = 0 } = await vm.status()
  expect(await vm.vm(['stop'], { timeoutMs: PATIENCE_MS })).toMatchObject({ code: 0, stderr: 'The VM default is off.\n' })
  expect((await vm.vm(['status'])).code).toBe(3)
  expect((await vm.vm(['logs'])).stdout).toMatch(/engineroom: power off[\s\S]*reboot: Power down/)
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect((await vm.docker(['ps'])).code).toBe(1)
})

/** What the web server says, once it answers. */
function page(port: number): Promise<string> {
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) })).text()
  return until('the web server to answer', ask, PATIENCE_MS)
}

/** Sent again and again: who is to answer may not listen yet, and datagrams get lost. */
async function answerToDatagram(port: number, words: string): Promise<string> {
  const socket = createSocket('udp4')
  let answer: string | undefined
  socket.on('message', (heard) => {
    answer = heard.toString()
  })
  try {
    return await until(
      'an answer to a datagram',
      () => {
        socket.send(words, port, '127.0.0.1')
        return answer
      },
      PATIENCE_MS,
    )
  } finally {
    socket.close()
  }
}
