import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Static, Type } from 'typebox'
import { hasCode, messageOf } from '../errors.ts'
import { decodeObject } from '../json/go-json.ts'
import type { LogLevel } from '../log.ts'
import { ConfigurationError } from './configuration-error.ts'
import { parseOrigins } from './cors-origins.ts'
import { defaultDataRoot, defaultRunFolder, outerCertificates } from './default-folders.ts'
import type { DaemonOptions, FlagValues, TlsOptions } from './flags.ts'
import { hostGatewayIps } from './host-gateways.ts'

const Text = Type.Optional(Type.String())
const Texts = Type.Optional(Type.Array(Type.String()))
const Flag = Type.Optional(Type.Boolean())
const Count = Type.Optional(Type.Integer())

/** daemon.json, with dockerd's keys. @see dockerd reference, "Daemon configuration file" */
export const ConfigFile = Type.Object({
  hosts: Texts,
  'data-root': Text,
  graph: Text,
  'exec-root': Text,
  pidfile: Text,
  group: Text,
  'log-level': Text,
  debug: Flag,
  'insecure-registries': Texts,
  'registry-mirrors': Texts,
  hub: Type.Optional(Type.String()),
  'default-runtime': Text,
  runtimes: Type.Optional(Type.Record(Type.String(), Type.Object({ path: Text }))),
  bridge: Text,
  bip: Text,
  'fixed-cidr': Text,
  mtu: Count,
  ip: Text,
  'host-gateway-ip': Text,
  'host-gateway-ips': Texts,
  icc: Flag,
  'ip-forward': Flag,
  'ip-masq': Flag,
  dns: Texts,
  'dns-search': Texts,
  'dns-opts': Texts,
  'default-address-pools': Type.Optional(Type.Array(Type.Object({ base: Type.String(), size: Type.Integer() }))),
  labels: Texts,
  'log-driver': Text,
  'log-opts': Type.Optional(Type.Record(Type.String(), Type.String())),
  'max-concurrent-downloads': Count,
  'max-concurrent-uploads': Count,
  'shutdown-timeout': Count,
  'web-console': Text,
  tls: Flag,
  tlsverify: Flag,
  tlscacert: Text,
  tlscert: Text,
  tlskey: Text,
  'api-cors-header': Text,
  proxies: Type.Optional(Type.Object({ 'http-proxy': Text, 'https-proxy': Text, 'no-proxy': Text })),
  'audit-log': Text,
  'ports-of-vm-host': Flag,
  'folders-of-vm-host': Texts,
  'names-of-vm-host': Texts,
  'localhost-of-vm-host': Flag,
})
export type ConfigFile = Static<typeof ConfigFile>

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal']

/**
 * Joins flags, daemon.json and defaults.
 * @param fileText of a daemon.json that is not there yet
 * @throws ConfigurationError when the file is wrong, or says something that a flag says too
 */
export function resolveOptions(flags: FlagValues, fileText = readConfigText(flags)): DaemonOptions {
  const file = parseConfig(fileText, configPath(flags))
  refuseConflicts(flags, file)
  const text = (flag: string, key: keyof ConfigFile) => (flags[flag] ?? file[key]) as string | undefined
  const texts = (flag: string, key: keyof ConfigFile) => (flags[flag] ?? file[key] ?? []) as string[]
  const count = (flag: string, key: keyof ConfigFile, fallback: number) => (flags[flag] ?? file[key] ?? fallback) as number
  const isOn = (flag: string, key: keyof ConfigFile, fallback: boolean) => asBoolean(flags[flag] ?? file[key], fallback)
  const execRoot = text('execRoot', 'exec-root') ?? defaultRunFolder()
  const debug = isOn('debug', 'debug', false)
  const logLevel = parseLogLevel(text('logLevel', 'log-level') ?? 'info')
  const hosts = texts('host', 'hosts')
  const portsOfVmHost = isOn('portsOfVmHost', 'ports-of-vm-host', false)
  return {
    hosts: hosts.length > 0 ? hosts : [`unix://${join(defaultRunFolder(), 'docker.sock')}`],
    dataRoot: (flags.dataRoot ?? flags.graph ?? file['data-root'] ?? file.graph ?? defaultDataRoot()) as string,
    execRoot,
    pidfile: text('pidfile', 'pidfile') ?? join(execRoot, 'engineroom.pid'),
    group: text('group', 'group') ?? 'docker',
    logLevel: debug ? 'debug' : logLevel,
    debug,
    insecureRegistries: texts('insecureRegistry', 'insecure-registries'),
    registryMirrors: texts('registryMirror', 'registry-mirrors'),
    certificateFolders: [
      ...new Set([join(dirname(configPath(flags)), 'certs.d'), '/etc/docker/certs.d', ...(portsOfVmHost ? [outerCertificates(execRoot)] : [])]),
    ],
    hub: hubOf(text('hub', 'hub')),
    defaultRuntime: text('defaultRuntime', 'default-runtime'),
    runtimes: [...((flags.addRuntime ?? []) as string[]), ...runtimesOf(file)],
    bridge: bridgeOf(text('bridge', 'bridge')),
    bip: text('bip', 'bip'),
    fixedCidr: text('fixedCidr', 'fixed-cidr'),
    mtu: count('mtu', 'mtu', 1500),
    dns: texts('dns', 'dns'),
    dnsSearch: texts('dnsSearch', 'dns-search'),
    dnsOptions: texts('dnsOpt', 'dns-opts'),
    defaultAddressPools: poolsOf(flags, file),
    ip: text('ip', 'ip') ?? '0.0.0.0',
    hostGatewayIps: hostGatewayIps({
      flags: flags.hostGatewayIp as string[] | undefined,
      one: file['host-gateway-ip'],
      several: file['host-gateway-ips'],
      path: configPath(flags),
    }),
    icc: isOn('icc', 'icc', true),
    ipForward: isOn('ipForward', 'ip-forward', true),
    ipMasq: isOn('ipMasq', 'ip-masq', true),
    labels: texts('label', 'labels'),
    logDriver: text('logDriver', 'log-driver') ?? 'json-file',
    logOpts: logOptsOf(flags, file),
    maxConcurrentDownloads: count('maxConcurrentDownloads', 'max-concurrent-downloads', 3),
    maxConcurrentUploads: count('maxConcurrentUploads', 'max-concurrent-uploads', 5),
    shutdownTimeoutS: count('shutdownTimeout', 'shutdown-timeout', 15),
    webConsole: text('webConsole', 'web-console'),
    proxies: { http: file.proxies?.['http-proxy'], https: file.proxies?.['https-proxy'], none: file.proxies?.['no-proxy'] },
    tls: tlsOf(flags, file),
    auditLog: text('auditLog', 'audit-log'),
    portsOfVmHost,
    foldersOfVmHost: (flags.foldersOfVmHost ?? file['folders-of-vm-host']) as string[] | undefined,
    namesOfVmHost: texts('namesOfVmHost', 'names-of-vm-host'),
    localhostOfVmHost: isOn('localhostOfVmHost', 'localhost-of-vm-host', false),
    corsOrigins: parseOrigins(text('apiCorsHeader', 'api-cors-header') ?? (flags.apiEnableCors === true ? '*' : '')),
  }
}

/** @throws ConfigurationError for dockerd's word for no default network at all: as a name it would make a bridge that is called so */
function bridgeOf(name = 'er0'): string {
  if (name === 'none') throw new ConfigurationError('--bridge none is not supported: containers without a network are run with --network none')
  return name
}

/** @throws ConfigurationError when it is no address */
function hubOf(text: string | undefined): string | undefined {
  if (text !== undefined && !/^https?:\/\/[^/]+\/?$/.test(text))
    throw new ConfigurationError(`invalid hub: ${JSON.stringify(text)} should be http://HOST or https://HOST`)
  return text
}

export function configPath(flags: FlagValues): string {
  return (flags.configFile as string | undefined) ?? '/etc/engineroom/daemon.json'
}

/** @returns `{}` where there is none. @throws ConfigurationError when it cannot be read, or was named and is not there */
export function readConfigText(flags: FlagValues): string {
  const path = configPath(flags)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (flags.configFile === undefined && hasCode(error, 'ENOENT', 'EACCES')) return '{}'
    throw unable(path, error)
  }
}

/** @throws ConfigurationError in dockerd's words */
function parseConfig(text: string, path: string): ConfigFile {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text)
    refuseUnknownKeys(value)
    return decodeObject(ConfigFile, value)
  } catch (error) {
    throw unable(path, error)
  }
}

function unable(path: string, error: unknown): ConfigurationError {
  return new ConfigurationError(`unable to configure the daemon with file ${path}: ${messageOf(error)}`)
}

/** A mistyped key would be a setting that silently does nothing. */
function refuseUnknownKeys(value: unknown): void {
  const unknown = typeof value === 'object' && value !== null ? Object.keys(value).filter((key) => !(key in ConfigFile.properties)) : []
  if (unknown.length > 0) throw new Error(`the following directives don't match any configuration option: ${unknown.join(', ')}`)
}

/** Which flags say the same as a key. Runtimes are not here: those of both places count. */
// biome-ignore format: a table
export const FLAGS_OF_KEY: Readonly<Record<string, readonly string[]>> = {
  hosts: ['host'], 'data-root': ['dataRoot', 'graph'], graph: ['dataRoot', 'graph'], 'exec-root': ['execRoot'], pidfile: ['pidfile'],
  group: ['group'], 'log-level': ['logLevel'], debug: ['debug'], 'insecure-registries': ['insecureRegistry'], 'registry-mirrors': ['registryMirror'], hub: ['hub'],
  'default-runtime': ['defaultRuntime'], bridge: ['bridge'], bip: ['bip'], 'fixed-cidr': ['fixedCidr'], mtu: ['mtu'], ip: ['ip'], icc: ['icc'],
  'host-gateway-ip': ['hostGatewayIp'], 'host-gateway-ips': ['hostGatewayIp'],
  'ip-forward': ['ipForward'], 'ip-masq': ['ipMasq'], dns: ['dns'], 'dns-search': ['dnsSearch'], 'dns-opts': ['dnsOpt'],
  'default-address-pools': ['defaultAddressPool'], labels: ['label'], 'log-driver': ['logDriver'],
  'log-opts': ['logOpt'], 'max-concurrent-downloads': ['maxConcurrentDownloads'],
  'max-concurrent-uploads': ['maxConcurrentUploads'], 'shutdown-timeout': ['shutdownTimeout'], 'web-console': ['webConsole'], tls: ['tls'],
  tlsverify: ['tlsverify'], tlscacert: ['tlscacert'], tlscert: ['tlscert'], tlskey: ['tlskey'],
  'api-cors-header': ['apiCorsHeader'], 'audit-log': ['auditLog'],
}

/** dockerd's rule: one setting, one place. */
function refuseConflicts(flags: FlagValues, file: ConfigFile): void {
  const words = Object.entries(file).flatMap(([key, value]) => {
    const flag = FLAGS_OF_KEY[key]?.find((name) => flags[name] !== undefined)
    return flag === undefined ? [] : [`${key}: (from flag: ${asGoPrints(flags[flag])}, from file: ${asGoPrints(value)})`]
  })
  if (words.length === 0) return
  throw new ConfigurationError(`the following directives are specified both as a flag and in the configuration file: ${words.join(', ')}`)
}

/** `[a b]` for lists. */
function asGoPrints(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asGoPrints).join(' ')}]`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function asBoolean(value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  return value === true || value === 'true' || value === '1'
}

function parseLogLevel(text: string): LogLevel {
  if (!LOG_LEVELS.includes(text)) throw new ConfigurationError(`invalid logging level: ${text}; use one of ${LOG_LEVELS.join(', ')}`)
  return text as LogLevel
}

function runtimesOf(file: ConfigFile): string[] {
  return Object.entries(file.runtimes ?? {}).map(([name, runtime]) => `${name}=${runtime?.path ?? ''}`)
}

function poolsOf(flags: FlagValues, file: ConfigFile): string[] {
  const given = flags.defaultAddressPool as string[] | undefined
  return given ?? (file['default-address-pools'] ?? []).map(({ base, size }) => `base=${base},size=${size}`)
}

/** `key=value` pairs; a key alone has an empty value, as for dockerd. */
function logOptsOf(flags: FlagValues, file: ConfigFile): Record<string, string> {
  const given = flags.logOpt as string[] | undefined
  if (!given) return file['log-opts'] ?? {}
  return Object.fromEntries(given.map((text) => [text.split('=', 1)[0] ?? '', text.includes('=') ? text.slice(text.indexOf('=') + 1) : '']))
}

/** `tlsverify` means TLS also where it says false, as for dockerd: encrypted, but open to everyone. */
function tlsOf(flags: FlagValues, file: ConfigFile): TlsOptions | undefined {
  const tlsverify = flags.tlsverify ?? file.tlsverify
  if (tlsverify === undefined && (flags.tls ?? file.tls) !== true) return undefined
  const folder = process.env.DOCKER_CERT_PATH || join(homedir(), '.docker')
  return {
    verify: tlsverify === true,
    ca: (flags.tlscacert ?? file.tlscacert ?? join(folder, 'ca.pem')) as string,
    cert: (flags.tlscert ?? file.tlscert ?? join(folder, 'cert.pem')) as string,
    key: (flags.tlskey ?? file.tlskey ?? join(folder, 'key.pem')) as string,
  }
}
