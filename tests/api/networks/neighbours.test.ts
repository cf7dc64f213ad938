import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { type RunOptions, run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { answered, askFromContainer, askTcp, runAnswering } from './answering.ts'
import { Outside } from './outside.ts'

const addressOf = (daemon: TestDaemon, id: string) => daemon.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', id)

describe('two daemons on one machine', () => {
  let first: TestDaemon
  let second: TestDaemon
  beforeAll(async () => {
    first = await startDaemon()
    second = await startDaemon()
  })
  afterAll(async () => {
    await second[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
  })

  test('know nothing of each other’s containers, images and volumes', async () => {
    await first.ok('volume', 'create', 'mine')
    await first.ok('run', '-d', '--name', 'same-name', 'busybox', 'sleep', '1000')
    await first.ok('tag', 'busybox', 'mine:1')
    expect(await second.ok('ps', '-aq')).toBe('')
    expect(await second.ok('volume', 'ls', '-q')).toBe('')
    expect(await second.ok('images', '-q', 'mine')).toBe('')
    await second.ok('run', '-d', '--name', 'same-name', 'busybox', 'sleep', '1000')
    await second.ok('rm', '-f', 'same-name')
    expect(await first.ok('ps', '--format', '{{.Names}}')).toBe('same-name')
  })

  test('their containers meet by published ports only', async () => {
    const id = await runAnswering(first, 'server', [80], '-p', '18400:80')
    expect(await answered(() => askFromContainer(second, 'tcp', `${first.subnet}.1`, 18400))).toMatch(/^server /)
    expect(await askFromContainer(second, 'tcp', await addressOf(first, id), 80)).toBe('silence')
    expect(await answered(async () => askFromContainer(first, 'tcp', await addressOf(first, id), 80))).toMatch(/^server /)
  })

  test('a port that one has is taken for the other', async () => {
    const { code, stderr } = await second.docker(['run', '--rm', '-p', '18400:80', 'busybox', 'true'])
    expect(code).toBe(125)
    expect(stderr).toContain('address already in use')
  })

  test('one stops, and the other does not mind', async () => {
    await second.stop()
    expect(await askTcp('127.0.0.1', 18400)).toMatch(/^server /)
    expect(await answered(() => askFromContainer(first, 'tcp', `${first.subnet}.1`, 18400))).toMatch(/^server /)
    await second.start()
    expect(await askTcp('127.0.0.1', 18400)).toMatch(/^server /)
  })
})

/** Debian's dockerd with a root and a bridge of its own, on a host that forwards nothing by default. */
class Dockerd implements AsyncDisposable {
  readonly root: string
  readonly #bridge: string
  #child: ChildProcess | undefined

  constructor(root: string, bridge: string) {
    this.root = root
    this.#bridge = bridge
  }

  async start(address: string): Promise<void> {
    await sh(`ip link add ${this.#bridge} type bridge && ip address add ${address} dev ${this.#bridge} && ip link set ${this.#bridge} up`)
    const log = openSync(join(this.root, 'log'), 'a')
    const where = [
      '-H',
      `unix://${this.root}/docker.sock`,
      '--data-root',
      join(this.root, 'data'),
      '--exec-root',
      join(this.root, 'exec'),
      '-p',
      join(this.root, 'pid'),
    ]
    this.#child = spawn('dockerd', [...where, '--bridge', this.#bridge, '--iptables=true', '--userland-proxy=true'], { stdio: ['ignore', log, log] })
    closeSync(log)
    await until('dockerd to answer', async () => (await this.docker(['version'])).code === 0, 40_000).catch(async (error: unknown) => {
      throw new Error(`dockerd does not start: ${await readFile(join(this.root, 'log'), 'utf8')}`, { cause: error })
    })
    // It does so itself when it is the one who switches forwarding on.
    await sh('iptables -P FORWARD DROP')
  }

  docker(args: readonly string[], options: RunOptions = {}) {
    return run('docker', args, { ...options, env: { DOCKER_HOST: `unix://${this.root}/docker.sock` } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
    await run('ip', ['link', 'delete', this.#bridge])
    await rm(this.root, { recursive: true, force: true })
  }
}

async function sh(script: string): Promise<string> {
  const { code, stdout, stderr } = await run('sh', ['-c', script])
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
  return stdout
}

describe('beside a real dockerd', () => {
  let daemon: TestDaemon
  let outside: Outside
  let dockerd: Dockerd
  /** Of a network that has IPv6. */
  const bridge6 = () => `${daemon.bridge}six`
  /** Adds or deletes what stands for a firewall that forwards nothing in IPv6: others on this machine are spared. */
  const refuseIPv6 = (verb: '-A' | '-D') => sh(['-i', '-o'].map((side) => `ip6tables ${verb} FORWARD ${side} ${bridge6()} -j DROP`).join(' && '))
  /** Ends what has come to be, however far that went. */
  const scene = new AsyncDisposableStack()
  beforeAll(async () => {
    const policyBefore = /-P FORWARD (\w+)/.exec(await sh('iptables -S FORWARD'))?.[1] ?? 'ACCEPT'
    daemon = scene.use(await startDaemon())
    await daemon.ok('network', 'create', '--ipv6', '-o', `com.docker.network.bridge.name=${bridge6()}`, 'six')
    const number = Number(daemon.subnet.split('.')[2])
    outside = scene.use(await Outside.connect(number))
    scene.defer(async () => void (await sh(`iptables -P FORWARD ${policyBefore}`)))
    dockerd = scene.use(new Dockerd(await mkdtemp('/tmp/er-dockerd-'), `erd${number}`))
    await dockerd.start(`10.215.${number}.1/24`)
    await refuseIPv6('-A')
    scene.defer(async () => void (await refuseIPv6('-D')))
  }, 90_000)
  afterAll(() => scene.disposeAsync(), 90_000)

  const everythingWorks = async (name: string, port: number) => {
    const id = await runAnswering(daemon, name, [80], '-p', `${port}:80`)
    expect(await askTcp('127.0.0.1', port)).toMatch(new RegExp(`^${name} `))
    expect(await answered(() => outside.ask('tcp', outside.host, port))).toBe(`${name} ${outside.address}`)
    expect(await answered(async () => askFromContainer(daemon, 'tcp', await addressOf(daemon, id), 80))).toMatch(new RegExp(`^${name} `))
    expect(await answered(() => askFromContainer(daemon, 'tcp', outside.host, port))).toMatch(new RegExp(`^${name} `))
    const server = outside.ok(
      process.execPath,
      '-e',
      `require('net').createServer((s) => { s.end('outside'); setTimeout(() => process.exit(), 200) }).listen(${port}, '0.0.0.0')`,
    )
    expect(await daemon.ok('run', '--rm', 'busybox', 'sh', '-c', `until nc -w 2 ${outside.address} ${port} </dev/null; do sleep 0.1; done`)).toBe('outside')
    await server
    await daemon.ok('rm', '-f', id)
    await runAnswering(daemon, name, [80], '--network', 'six', '-p', `${port}:80`)
    const ask6 = () => outside.ask('tcp', outside.host6, port)
    expect(await until('an answer in IPv6', async () => (await ask6()).replace('silence', '') || undefined)).toBe(`${name} ${outside.address6}`)
    await daemon.ok('rm', '-f', name)
  }

  test('that came later and drops what it does not know, our containers reach everything as before', async () => {
    expect(await sh('iptables -S FORWARD')).toContain('-P FORWARD DROP')
    await everythingWorks('later', 18410)
  })

  test('that was there first, the same', async () => {
    await daemon.stop()
    await daemon.start()
    await everythingWorks('first', 18411)
  })

  test('its own containers have their network still, and the two do not reach each other', async () => {
    const layers = (
      await run('sh', ['-c', `DOCKER_HOST=unix://${daemon.socketPath} docker save busybox | DOCKER_HOST=unix://${dockerd.root}/docker.sock docker load`])
    ).stdout
    expect(layers).toContain('busybox:latest')
    const theirs = await dockerd.docker([
      'run',
      '-d',
      '-p',
      '18412:80',
      '--name',
      'theirs',
      'busybox',
      'sh',
      '-c',
      'mkdir /www; echo theirs >/www/index.html; httpd -f -h /www',
    ])
    expect([theirs.code, theirs.stderr]).toEqual([0, ''])
    await until('their port', async () => (await run('curl', ['-s', 'http://127.0.0.1:18412/'])).stdout === 'theirs\n')
    const ours = await runAnswering(daemon, 'ours', [80], '-p', '18413:80')
    const ask = (host: string, port: number) => dockerd.docker(['run', '--rm', 'busybox', 'sh', '-c', `nc -w 2 ${host} ${port} </dev/null`])
    expect((await ask(outside.host, 18413)).stdout).toMatch(/^ours /)
    expect((await ask(await addressOf(daemon, ours), 80)).stdout).toBe('')
    expect((await dockerd.docker(['rm', '-f', 'theirs'])).code).toBe(0)
    await daemon.ok('rm', '-f', ours)
  })

  test('what we put into the shared chain goes when we go, if no container needs it', async () => {
    const ours = async () => {
      const [four, six] = [await sh('nft list chain ip filter FORWARD'), await sh('nft list chain ip6 filter FORWARD')]
      return [four.includes(`"engineroom ${daemon.bridge}"`), six.includes(`"engineroom ${bridge6()}"`)]
    }
    expect(await ours()).toEqual([true, true])
    await daemon.stop()
    expect(await ours()).toEqual([false, false])
    await daemon.start()
    for (const network of ['bridge', 'six']) await daemon.ok('run', '-d', '--network', network, 'busybox', 'sleep', '1000')
    await daemon.stop()
    expect(await ours()).toEqual([true, true])
    await daemon.start()
    await daemon.removeAllContainers()
  })
})
