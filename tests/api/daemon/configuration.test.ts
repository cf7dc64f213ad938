import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { underAdministrator } from '../../harness/managed.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { startFailing, startFailingUnder } from './failing-start.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  // The folder of the test is closed to others; who may use the socket is then up to the socket alone.
  await chmod(daemon.root, 0o755)
})
afterAll(() => daemon[Symbol.asyncDispose]())

const file = () => join(daemon.root, 'daemon.json')
const configure = (value: unknown) => writeFile(file(), typeof value === 'string' ? value : JSON.stringify(value))
const restart = async (...flags: string[]) => {
  await daemon.stop()
  await daemon.start(flags)
}
const info = (format: string) => daemon.ok('info', '-f', format)

/** The flags of a daemon that ends before it makes anything. */
const nowhere = () => [
  '-H',
  `unix://${daemon.root}/none/docker.sock`,
  '--data-root',
  `${daemon.root}/none/data`,
  '--exec-root',
  `${daemon.root}/none/exec`,
  '--bridge',
  `${daemon.bridge}x`,
]

describe('daemon.json', () => {
  test('says what flags say', async () => {
    await configure({
      labels: ['from=file'],
      'insecure-registries': ['reg.example:5000', '10.0.0.0/8'],
      'registry-mirrors': ['http://mirror.example'],
      debug: true,
      dns: ['10.9.9.9'],
    })
    await restart('--config-file', file())
    expect(await info('{{.Labels}} {{.Debug}} {{.RegistryConfig.Mirrors}}')).toBe('[from=file] true [http://mirror.example]')
    expect(await info('{{json .RegistryConfig.InsecureRegistryCIDRs}}')).toBe('["::1/128","127.0.0.0/8","10.0.0.0/8"]')
    expect(JSON.parse(await info('{{json .RegistryConfig.IndexConfigs}}'))).toMatchObject({
      'reg.example:5000': { Secure: false, Official: false },
      'docker.io': { Secure: true, Mirrors: ['http://mirror.example'] },
    })
  })

  test.each([
    ['{"no-such-key": 1, "labels": []}', "the following directives don't match any configuration option: no-such-key"],
    ['{"labels": "x=y"}', 'cannot unmarshal string'],
    ['{"labels": [', 'unable to configure the daemon with file'],
    ['{"debug": true}', 'the following directives are specified both as a flag and in the configuration file: debug: (from flag: true, from file: true)'],
    ['{"log-level": "loud"}', 'invalid logging level: loud'],
    ['{"default-runtime": "no-such"}', "specified default runtime 'no-such' does not exist"],
    ['{"group": "no-such-group"}', 'group no-such-group not found'],
    ['{"bip": "nonsense"}', 'invalid --bip nonsense'],
    ['{"bip": "10.216.7.1/24", "fixed-cidr": "10.9.0.0/24"}', 'invalid --fixed-cidr 10.9.0.0/24'],
    ['{"host-gateway-ips": ["10.0.0.1", "10.0.0.2"]}', 'only one IPv4 host gateway IP address can be specified'],
    ['{"hosts": ["unix:///tmp/x"]}', 'the following directives are specified both as a flag and in the configuration file: hosts'],
  ])('%s is refused', async (text, message) => {
    await configure(text)
    const { code, stderr } = await startFailing(...nowhere(), '--debug', '--config-file', file())
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
    expect(code).toBe(1)
  })

  test('a file that was asked for must be there', async () => {
    const { code, stderr } = await startFailing(...nowhere(), '--config-file', join(daemon.root, 'missing.json'))
    expect(stderr).toContain(`unable to configure the daemon with file ${join(daemon.root, 'missing.json')}`)
    expect(code).toBe(1)
  })
})

describe('SIGHUP', () => {
  const reload = async () => {
    const before = (await daemon.log()).split('configuration reloaded').length
    process.kill(daemon.pid, 'SIGHUP')
    await until('the reload', async () => (await daemon.log()).split('configuration reloaded').length > before)
  }

  test('takes over labels, registries, mirrors, runtimes and debug, and tells it', async () => {
    await configure({ labels: ['a=1'] })
    await restart('--config-file', file())
    const since = String(Date.now() / 1000)
    const runc = JSON.parse(await info('{{json .Runtimes}}')).runc.path
    await configure({
      labels: ['a=2'],
      debug: true,
      'insecure-registries': ['new.example'],
      'registry-mirrors': ['http://new.example'],
      runtimes: { mine: { path: runc } },
      'default-runtime': 'mine',
      'max-concurrent-downloads': 1,
    })
    await reload()
    expect(await info('{{.Labels}} {{.Debug}} {{.RegistryConfig.Mirrors}} {{.DefaultRuntime}}')).toBe('[a=2] true [http://new.example] mine')
    expect(await info('{{json .RegistryConfig.IndexConfigs}}')).toContain('new.example')
    const [event] = (await daemon.ok('events', '--since', since, '--until', String(Date.now() / 1000), '--filter', 'type=daemon', '--format', 'json'))
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(event).toMatchObject({
      Type: 'daemon',
      Action: 'reload',
      Actor: { Attributes: { debug: 'true', labels: '["a=2"]', 'default-runtime': 'mine', 'max-concurrent-downloads': '1' } },
    })
    expect(await daemon.ok('run', '--rm', 'busybox', 'echo', 'by mine')).toBe('by mine')
    await configure({})
    await reload()
    expect(await info('{{.Labels}} {{.Debug}} {{.DefaultRuntime}}')).toBe('[] false runc')
    expect(await daemon.ok('run', '--rm', '--runtime', 'runc', 'busybox', 'echo', 'by runc')).toBe('by runc')
    expect((await daemon.docker(['run', '--rm', '--runtime', 'mine', 'busybox', 'true'])).stderr).toContain('unknown or invalid runtime name: mine')
  })

  test('a wrong file changes nothing', async () => {
    await configure({ labels: ['good=1'] })
    await restart('--config-file', file())
    await configure({ labels: ['bad=1'], nonsense: true })
    process.kill(daemon.pid, 'SIGHUP')
    await until('the complaint', async () => (await daemon.log()).includes('configuration not reloaded: unable to configure the daemon with file'))
    expect(await info('{{.Labels}}')).toBe('[good=1]')
    await configure({ labels: ['bad=1'], 'default-runtime': 'no-such' })
    process.kill(daemon.pid, 'SIGHUP')
    await until('the complaint', async () => (await daemon.log()).includes("configuration not reloaded: specified default runtime 'no-such' does not exist"))
    expect(await info('{{.Labels}}')).toBe('[good=1]')
  })
})

describe('settings over the API', () => {
  const PATH = '/engineroom/v1/configuration'
  const put = (values: object) => daemon.api('PUT', PATH, { values })
  const inFile = async () => JSON.parse(await readFile(file(), 'utf8'))
  const settingOf = async (key: string) => JSON.parse((await daemon.api('GET', PATH)).body).settings.find((one: { key: string }) => one.key === key)

  test('what is wrong, or not to be changed here, is refused by name, and nothing changes', async () => {
    await configure({ 'audit-log': `${daemon.root}/audit` })
    await restart('--config-file', file(), '--label', 'by=flag')
    const before = await readFile(file(), 'utf8')
    const refusals: [object, string][] = [
      [{ 'registry-mirrors': ['http://ok.example', 'ftp://x'] }, 'registry-mirrors: \\"ftp://x\\" should be http://HOST or https://HOST'],
      [{ dns: ['10.0.0.300'] }, 'should be an IP address'],
      [{ dns: '10.0.0.1' }, 'dns: should be a list of texts'],
      [{ 'max-concurrent-downloads': 0 }, 'should be a whole number from 1 to 64'],
      [{ 'log-level': 'loud' }, 'log-level: should be one of'],
      [{ hosts: ['tcp://0.0.0.0:2375'] }, 'hosts cannot be changed here'],
      [{ labels: ['a=b'] }, 'labels is said by a flag of the engine: by=flag'],
    ]
    for (const [values, message] of refusals) {
      for (const answer of [await daemon.api('POST', `${PATH}/plan`, { values }), await put(values)]) {
        expect(answer.status).toBe(400)
        expect(answer.body).toContain(message)
      }
    }
    expect(await readFile(file(), 'utf8')).toBe(before)
  })

  test('what is right is written and taken over at once, or by a restart that containers outlive', async () => {
    const values = { 'registry-mirrors': ['http://mirror.example'], 'proxies.http-proxy': 'http://me:pw@proxy.example:3128', dns: ['10.9.9.9'] }
    const changes = [
      { key: 'registry-mirrors', applies: 'at-once' },
      { key: 'proxies.http-proxy', applies: 'at-once' },
      { key: 'dns', applies: 'at-restart' },
    ]
    expect(JSON.parse((await daemon.api('POST', `${PATH}/plan`, { values })).body)).toEqual(changes)
    expect(JSON.parse((await put(values)).body)).toEqual(changes)
    expect(JSON.parse((await put(values)).body)).toEqual([])
    const written = { 'audit-log': `${daemon.root}/audit`, 'registry-mirrors': ['http://mirror.example'], dns: ['10.9.9.9'] }
    expect(await inFile()).toEqual({ ...written, proxies: { 'http-proxy': 'http://me:pw@proxy.example:3128' } })
    expect(await info('{{.RegistryConfig.Mirrors}} {{.HTTPProxy}}')).toBe('[http://mirror.example] http://xxxxx:xxxxx@proxy.example:3128')
    expect(await settingOf('dns')).toMatchObject({ value: ['10.9.9.9'], isWaiting: true })
    await daemon.ok('run', '-d', '--name', 'survivor', 'busybox', 'sleep', '1000')
    const started = (await daemon.log()).split('Daemon has completed initialization').length
    expect((await daemon.api('POST', '/engineroom/v1/restart')).status).toBe(202)
    await until('the engine again', async () => (await daemon.log()).split('Daemon has completed initialization').length > started)
    expect(await daemon.ok('ps', '--format', '{{.Names}}')).toBe('survivor')
    expect(await settingOf('dns')).toMatchObject({ isWaiting: false })
    expect(await daemon.ok('run', '--rm', 'busybox', 'cat', '/etc/resolv.conf')).toContain('nameserver 10.9.9.9')
    await put({ 'registry-mirrors': null, 'proxies.http-proxy': null })
    expect(await inFile()).toEqual({ 'audit-log': `${daemon.root}/audit`, dns: ['10.9.9.9'] })
    await daemon.ok('rm', '-f', 'survivor')
  })
})

describe('an administrator', () => {
  const PATH = '/engineroom/v1/configuration'
  const MANAGED = '/etc/engineroom/managed.json'

  test.each([
    [
      '{"engine": {"locked": {"log-level": "warn"}}}',
      0o644,
      `say otherwise than the administrator of this computer, in ${MANAGED}: log-level: (from flag: error, locked: warn)`,
    ],
    [
      '{"engine": {"locked": {"no-such-key": 1}}}',
      0o644,
      `${MANAGED}: engine.locked: the following directives don't match any configuration option: no-such-key`,
    ],
    ['{"engine": {}', 0o644, `unable to configure the daemon with file ${MANAGED}: `],
    ['{}', 0o666, `${MANAGED} can be written by others than root: chmod go-w ${MANAGED}`],
  ])('%s, mode %o: the engine does not start', async (text, mode, message) => {
    const { code, stderr } = await startFailingUnder(await underAdministrator(daemon.root, text, mode), ...nowhere(), '--log-level', 'error')
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
    expect(code).toBe(1)
  })

  test('what is locked counts, is shown, and cannot be changed; what is a default counts until somebody chooses', async () => {
    await configure({ labels: ['by=me'] })
    await daemon.stop()
    const managed = { defaults: { 'registry-mirrors': ['http://theirs.example'] }, locked: { labels: ['by=them'], 'data-root': daemon.dataRoot } }
    const settings = async () => JSON.parse((await daemon.api('GET', PATH)).body).settings
    await daemon.start(['--config-file', file()], undefined, await underAdministrator(daemon.root, { engine: managed }))
    expect(await info('{{.Labels}} {{.RegistryConfig.Mirrors}}')).toBe('[by=them] [http://theirs.example]')
    expect(await daemon.log()).toContain('labels of daemon.json does not count: the administrator of this computer says otherwise')
    expect(await settings()).toMatchObject([
      { key: 'registry-mirrors', preset: ['http://theirs.example'] },
      ...Array(10).fill({}),
      { key: 'labels', managedBy: MANAGED, value: ['by=them'] },
      {},
    ])
    for (const answer of [
      await daemon.api('PUT', PATH, { values: { labels: ['by=me2'] } }),
      await daemon.api('POST', `${PATH}/plan`, { values: { labels: null } }),
    ])
      expect([answer.status, JSON.parse(answer.body).message]).toEqual([403, `labels is set by the administrator of this computer, in ${MANAGED}`])
    const moved = await daemon.api('POST', '/engineroom/v1/data/move', { to: `${daemon.root}/elsewhere` })
    expect([moved.status, JSON.parse(moved.body).message]).toEqual([403, `data-root is set by the administrator of this computer, in ${MANAGED}`])
    expect((await daemon.api('PUT', PATH, { values: { 'registry-mirrors': ['http://mine.example'] } })).status).toBe(200)
    expect(await info('{{.Labels}} {{.RegistryConfig.Mirrors}}')).toBe('[by=them] [http://mine.example]')
    await restart()
  })
})

describe('where it listens', () => {
  const asNobody = (...command: string[]) => run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...command])
  const ping = ['curl', '-s', '--unix-socket']

  test('the socket is for root and its group alone', async () => {
    await restart('--group', 'www-data')
    const { mode, uid, gid } = await stat(daemon.socketPath)
    expect([(mode & 0o777).toString(8), uid, gid]).toEqual(['660', 0, 33])
    const refused = await asNobody('docker', '-H', `unix://${daemon.socketPath}`, 'ps')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`permission denied while trying to connect to the Docker daemon socket at unix://${daemon.socketPath}`)
    const member = await run('setpriv', ['--reuid=65534', '--regid=65534', '--groups=33', ...ping, daemon.socketPath, 'http://x/_ping'])
    expect(member.stdout).toBe('OK')
  })

  test('without a group it is root’s', async () => {
    const hasDocker = (await run('getent', ['group', 'docker'])).stdout.split(':')[2]
    await restart()
    const { mode, uid, gid } = await stat(daemon.socketPath)
    expect([(mode & 0o777).toString(8), uid, gid]).toEqual(['660', 0, Number(hasDocker ?? 0)])
  })

  test('several addresses at once, tcp among them', async () => {
    await restart('-H', 'tcp://127.0.0.1:18600', '-H', `unix://${daemon.root}/second.sock`)
    for (const host of ['tcp://127.0.0.1:18600', `unix://${daemon.root}/second.sock`]) {
      const { code, stdout } = await run('docker', ['version', '-f', '{{.Server.Version}}'], { env: { DOCKER_HOST: host } })
      expect([code, stdout.trim()]).toEqual([0, await daemon.ok('version', '-f', '{{.Server.Version}}')])
    }
    const taken = await startFailing(...nowhere(), '-H', 'tcp://127.0.0.1:18600')
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('address already in use')])
    await restart()
    await expect(fetch('http://127.0.0.1:18600/_ping')).rejects.toThrow()
  })

  test.each(['http://x', 'tcp://x:y:z', 'nonsense'])('-H %s is no address', async (host) => {
    const { code, stderr } = await startFailing(...nowhere().slice(2), '-H', host)
    expect(stderr).toContain('invalid -H address')
    expect(code).toBe(1)
  })

  test('unknown flags and bad values are told, with a code', async () => {
    for (const flags of [['--no-such-flag'], ['--mtu', 'x'], ['stray']]) expect((await startFailing(...nowhere(), ...flags)).code).not.toBe(0)
    expect((await startFailing('--help')).stdout).toContain('--data-root')
  })
})

describe('addresses of containers', () => {
  test('--fixed-cidr gives out from a part of the subnet', async () => {
    await restart('--fixed-cidr', `${daemon.subnet}.128/29`)
    const addresses = []
    for (let i = 0; i < 8; i++) addresses.push(await daemon.ok('run', '--rm', 'busybox', 'sh', '-c', 'ip -4 -o addr show eth0 | grep -o "inet [0-9.]*"'))
    expect(addresses.map((one) => Number(one.split('.')[3])).every((last) => last >= 128 && last < 136)).toBe(true)
  })

  test('--host-gateway-ip is what host-gateway means, at all networks and in builds; the host has the names that it is given', async () => {
    const named = ['--names-of-vm-host', 'host.docker.internal', '--names-of-vm-host', 'gateway.docker.internal']
    await restart('--host-gateway-ip', '192.0.2.1', '--host-gateway-ip', '2001:db8::1', ...named)
    await daemon.ok('network', 'create', 'mine')
    const expected = ['192.0.2.1\tme', '2001:db8::1\tme', '192.0.2.1\tgateway.docker.internal', '2001:db8::1\tgateway.docker.internal']
    const asked = ['--add-host', 'me:host-gateway', '--add-host', 'host.docker.internal:192.0.2.9']
    for (const network of ['bridge', 'mine', 'host', 'none']) {
      const lines = (await daemon.ok('run', '--rm', '--network', network, ...asked, 'busybox', 'cat', '/etc/hosts')).split('\n')
      expect(lines.filter((line) => expected.includes(line))).toEqual(expected)
      expect(lines.filter((line) => line.includes('host.docker'))).toEqual(['192.0.2.9\thost.docker.internal'])
    }
    const built = await run('docker', ['build', '--no-cache', '--add-host', 'me:host-gateway', '-'], {
      env: { DOCKER_HOST: `unix://${daemon.socketPath}`, DOCKER_BUILDKIT: '0' },
      input: 'FROM busybox\nRUN grep -E "me|host.docker" /etc/hosts\n',
    })
    expect(built.stdout).toContain('192.0.2.1\tme\n2001:db8::1\tme\n192.0.2.1\thost.docker.internal\n2001:db8::1\thost.docker.internal\n')
    await restart()
    const lines = (await daemon.ok('run', '--rm', '--network', 'mine', '--add-host', 'me:host-gateway', 'busybox', 'cat', '/etc/hosts')).split('\n')
    expect(lines.filter((line) => /me$|docker/.test(line))).toEqual([`${daemon.subnet}.1\tme`])
    await daemon.ok('network', 'rm', 'mine')
  })

  test('--icc=false keeps neighbours apart', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const address = await daemon.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', id)
    const ping = async (host: string) => (await daemon.docker(['run', '--rm', 'busybox', 'ping', '-c', '1', '-W', '1', host])).code
    expect(await ping(address)).toBe(0)
    await restart('--icc=false')
    expect(await ping(address)).toBe(1)
    expect(await ping(`${daemon.subnet}.1`)).toBe(0)
    expect(await daemon.ok('network', 'inspect', '-f', '{{index .Options "com.docker.network.bridge.enable_icc"}}', 'bridge')).toBe('false')
    await restart()
    expect(await ping(address)).toBe(0)
    await daemon.ok('rm', '-f', id)
  })
})
