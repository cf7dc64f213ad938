import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveOptions } from './config-file.ts'
import { ConfigurationError } from './configuration-error.ts'
import { daemonCommand } from './flags.ts'

let folder: string
let configFile: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-config-'))
  configFile = join(folder, 'daemon.json')
  await writeFile(configFile, '{}')
})
afterEach(() => rm(folder, { recursive: true }))

/** What the daemon would run with, for a command line and a daemon.json. */
async function options(args: readonly string[], file?: unknown) {
  if (file !== undefined) await writeFile(configFile, typeof file === 'string' ? file : JSON.stringify(file))
  const command = daemonCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  return resolveOptions(command.parse(['--config-file', configFile, ...args], { from: 'user' }).opts())
}

describe('without a word', () => {
  it('the defaults are those of dockerd', async () => {
    expect(await options([])).toMatchObject({
      group: 'docker',
      logLevel: 'info',
      mtu: 1500,
      ip: '0.0.0.0',
      icc: true,
      ipForward: true,
      ipMasq: true,
      maxConcurrentDownloads: 3,
      maxConcurrentUploads: 5,
      shutdownTimeoutS: 15,
      tls: undefined,
      webConsole: undefined,
      insecureRegistries: [],
    })
  })
})

describe('the folder for data', () => {
  it.each([[['--data-root', '/d']], [['-g', '/d']], [['--graph', '/d']], [['--graph=/d']]])('%j', async (args) => {
    expect((await options(args)).dataRoot).toBe('/d')
  })

  it.each([{ 'data-root': '/d' }, { graph: '/d' }])('%j', async (file) => expect((await options([], file)).dataRoot).toBe('/d'))
})

describe('flags', () => {
  it('may be repeated where that means a list', async () => {
    const args = ['-H', 'unix:///a', '-H', 'tcp://127.0.0.1:1', '--insecure-registry', '10.0.0.0/8', '--insecure-registry', 'old.example', '--dns', '1.1.1.1']
    expect(await options(args)).toMatchObject({
      hosts: ['unix:///a', 'tcp://127.0.0.1:1'],
      insecureRegistries: ['10.0.0.0/8', 'old.example'],
      dns: ['1.1.1.1'],
    })
  })

  it('keep the pid file beside the state of containers', async () => {
    expect((await options(['--exec-root', '/run/x'])).pidfile).toBe('/run/x/engineroom.pid')
    expect((await options(['--exec-root', '/run/x', '-p', '/run/y.pid'])).pidfile).toBe('/run/y.pid')
  })

  it('debug is a log level', async () => {
    expect((await options(['-D'])).logLevel).toBe('debug')
    expect((await options(['--log-level', 'warn'])).logLevel).toBe('warn')
  })

  it.each(['--icc=false', '--icc=0'])('%s', async (flag) => expect((await options([flag])).icc).toBe(false))

  it('old ones are still taken', async () => expect(await options(['--live-restore'])).toBeDefined())

  it.each(['-v', '--version'])('%s says which this is, as our client says it', (flag) => {
    let said = ''
    const command = daemonCommand()
      .exitOverride()
      .configureOutput({ writeOut: (text) => (said += text) })
    expect(() => command.parse([flag], { from: 'user' })).toThrow(expect.objectContaining({ exitCode: 0 }))
    expect(said).toMatch(/^Engineroom version 28\.[\d.]+-engineroom[\d.]+, build \w+\n$/)
  })

  it('unknown ones are not', async () => await expect(options(['--no-such-flag'])).rejects.toThrow("unknown option '--no-such-flag'"))
})

describe('daemon.json', () => {
  it("has dockerd's keys", async () => {
    const file = {
      hosts: ['unix:///b'],
      'insecure-registries': ['r'],
      'registry-mirrors': ['https://m'],
      runtimes: { crun: { path: '/usr/bin/crun' } },
      'default-runtime': 'crun',
      'default-address-pools': [{ base: '10.0.0.0/8', size: 24 }],
      icc: false,
      mtu: 9000,
      debug: true,
      labels: ['a=b'],
    }
    expect(await options([], file)).toMatchObject({
      hosts: ['unix:///b'],
      insecureRegistries: ['r'],
      registryMirrors: ['https://m'],
      runtimes: ['crun=/usr/bin/crun'],
      defaultRuntime: 'crun',
      defaultAddressPools: ['base=10.0.0.0/8,size=24'],
      icc: false,
      mtu: 9000,
      logLevel: 'debug',
      labels: ['a=b'],
    })
  })

  it('may be empty', async () => expect(await options([], '')).toBeDefined())

  it('adds its runtimes to those of the command line', async () => {
    expect((await options(['--add-runtime', 'a=/a'], { runtimes: { b: { path: '/b' } } })).runtimes).toEqual(['a=/a', 'b=/b'])
  })

  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'in JSON at position 1'],
    ['a wrong type', { debug: 'yes' }, 'cannot unmarshal string into Go struct field .debug of type bool'],
    ['a mistyped key', { 'data-rot': '/d', debgu: true }, "the following directives don't match any configuration option: data-rot, debgu"],
    ['a hub that is no address', { hub: 'hub.example' }, 'invalid hub: "hub.example" should be http://HOST or https://HOST'],
    ['a level that does not exist', { 'log-level': 'loud' }, 'invalid logging level: loud'],
    ['no default network', { bridge: 'none' }, '--bridge none is not supported'],
  ])('%s stops the daemon with the reason', async (_, file, reason) => {
    const started = options([], file)
    await expect(started).rejects.toThrow(ConfigurationError)
    await expect(started).rejects.toThrow(reason)
  })

  it('must be there when it was named', async () => {
    await rm(configFile)
    await expect(options([])).rejects.toThrow(`unable to configure the daemon with file ${configFile}`)
  })
})

describe('a setting that is said twice', () => {
  it.each<[string[], object, string]>([
    [['--bridge', 'br1'], { bridge: 'br2' }, 'bridge: (from flag: br1, from file: br2)'],
    [['-g', '/a'], { 'data-root': '/b' }, 'data-root: (from flag: /a, from file: /b)'],
    [['--data-root', '/a'], { graph: '/b' }, 'graph: (from flag: /a, from file: /b)'],
    [['--insecure-registry', 'a'], { 'insecure-registries': ['b', 'c'] }, 'insecure-registries: (from flag: [a], from file: [b c])'],
    [['--mtu', '1400'], { mtu: 1300 }, 'mtu: (from flag: 1400, from file: 1300)'],
    [['-H', 'unix:///a'], { hosts: ['unix:///b'] }, 'hosts: (from flag: [unix:///a], from file: [unix:///b])'],
    [['--max-concurrent-downloads', '1'], { 'max-concurrent-downloads': 2 }, 'max-concurrent-downloads: (from flag: 1, from file: 2)'],
  ])('%j and %j', async (args, file, words) => {
    await expect(options(args, file)).rejects.toThrow(`the following directives are specified both as a flag and in the configuration file: ${words}`)
  })
})

describe('what host-gateway means', () => {
  it.each<[string[], object, string[]]>([
    [[], {}, []],
    [['--host-gateway-ip', '2001:db8::1', '--host-gateway-ip=192.0.2.1'], {}, ['2001:db8::1', '192.0.2.1']],
    [[], { 'host-gateway-ip': '192.0.2.1' }, ['192.0.2.1']],
    [[], { 'host-gateway-ip': '' }, []],
    [[], { 'host-gateway-ips': ['192.0.2.1', '2001:db8::1'] }, ['192.0.2.1', '2001:db8::1']],
  ])('%j and %j', async (flags, file, addresses) => expect((await options(flags, file)).hostGatewayIps).toEqual(addresses))

  it.each<[string[], object, string]>([
    [['--host-gateway-ip', 'x'], {}, 'invalid argument "x" for "--host-gateway-ip" flag: ParseAddr("x"): unable to parse IP'],
    [[], { 'host-gateway-ip': 'x' }, 'json: invalid IP address: x'],
    [[], { 'host-gateway-ips': ['x'] }, 'json: ParseAddr("x"): unable to parse IP'],
    [['--host-gateway-ip', '192.0.2.1', '--host-gateway-ip', '192.0.2.2'], {}, 'failed: only one IPv4 host gateway IP address can be specified'],
    [[], { 'host-gateway-ips': ['::1', '::2'] }, 'failed: only one IPv6 host gateway IP address can be specified'],
    [[], { 'host-gateway-ip': '192.0.2.1', 'host-gateway-ips': [] }, 'host-gateway-ip and host-gateway-ips must not both be specified in the config file'],
    [['--host-gateway-ip', '::1'], { 'host-gateway-ip': '::2' }, 'host-gateway-ip: (from flag: [::1], from file: ::2)'],
    [['--host-gateway-ip', '::1'], { 'host-gateway-ips': ['::2'] }, 'host-gateway-ips: (from flag: [::1], from file: [::2])'],
  ])('%j and %j are refused', async (flags, file, words) => await expect(options(flags, file)).rejects.toThrow(words))
})

describe('TLS', () => {
  it('is off unless asked for', async () => expect((await options(['--tlscacert', '/ca'])).tls).toBeUndefined())

  it('verifies clients when asked for', async () => {
    const args = ['--tlsverify', '--tlscacert', '/ca', '--tlscert', '/cert', '--tlskey', '/key']
    expect((await options(args)).tls).toEqual({ verify: true, ca: '/ca', cert: '/cert', key: '/key' })
    expect((await options(['--tlsverify=false'])).tls).toMatchObject({ verify: false })
    expect((await options(['--tls=0'])).tls).toBeUndefined()
    expect((await options([], { tlsverify: true })).tls).toMatchObject({ verify: true })
    expect((await options([], { tls: true, tlscert: '/c', tlskey: '/k', tlscacert: '/a' })).tls).toMatchObject({ verify: false, cert: '/c' })
  })
})

describe('pages that may use the API', () => {
  it.each<[string[], object, string[]]>([
    [[], {}, []],
    [['--api-cors-header', ''], {}, []],
    [['--api-cors-header', 'https://panel.example, http://10.0.0.1:8080'], {}, ['https://panel.example', 'http://10.0.0.1:8080']],
    [['--api-cors-header', 'HTTPS://Panel.example:443'], {}, ['https://panel.example']],
    [['--api-cors-header', '*'], {}, ['*']],
    [['--api-enable-cors'], {}, ['*']],
    [['--api-enable-cors', '--api-cors-header', 'http://a'], {}, ['http://a']],
    [[], { 'api-cors-header': 'http://a' }, ['http://a']],
  ])('%j and %j', async (flags, file, origins) => expect((await options(flags, file)).corsOrigins).toEqual(origins))

  it.each(['panel.example', 'https://panel.example/', 'https://panel.example/x', 'ws://a', 'null', 'https://*.example', 'https://u@a', 'file:///x'])(
    '"%s" is no page',
    async (text) => {
      await expect(options(['--api-cors-header', text])).rejects.toThrow(`invalid --api-cors-header ${text}`)
    },
  )
})
