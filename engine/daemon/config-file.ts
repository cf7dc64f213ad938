import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { hasCode, messageOf } from '../errors.ts'
import type { LogLevel } from '../log.ts'
import { asGoPrints, type ConfigFile, decodeConfig, flagOfKey } from './config-keys.ts'
import { ConfigurationError } from './configuration-error.ts'
import { parseOrigins } from './cors-origins.ts'
import { defaultDataRoot, defaultRunFolder, outerCertificates } from './default-folders.ts'
import type { DaemonOptions, FlagValues, TlsOptions } from './flags.ts'
import { hostGatewayIps } from './host-gateways.ts'
import { readManaged } from './managed-file.ts'
import { refuseLockedFlags, withManaged } from './managed-settings.ts'

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal']

/**
 * Joins flags, daemon.json, what the administrator of this computer says, and defaults.
 * @param fileText of a daemon.json that is not there yet
 * @throws ConfigurationError when a file is wrong, or a flag says something that daemon.json says too, or that is locked
 */
export function resolveOptions(flags: FlagValues, fileText = readConfigText(flags), managed = readManaged()): DaemonOptions {
  const own = parseConfig(fileText, configPath(flags))
  refuseConflicts(flags, own)
  refuseLockedFlags(flags, managed)
  const file = withManaged(own, managed)
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
    return decodeConfig(JSON.parse(text.trim() === '' ? '{}' : text))
  } catch (error) {
    throw unable(path, error)
  }
}

function unable(path: string, error: unknown): ConfigurationError {
  return new ConfigurationError(`unable to configure the daemon with file ${path}: ${messageOf(error)}`)
}

/** dockerd's rule: one setting, one place. */
function refuseConflicts(flags: FlagValues, file: ConfigFile): void {
  const words = Object.entries(file).flatMap(([key, value]) => {
    const flag = flagOfKey(flags, key)
    return flag === undefined ? [] : [`${key}: (from flag: ${asGoPrints(flags[flag])}, from file: ${asGoPrints(value)})`]
  })
  if (words.length === 0) return
  throw new ConfigurationError(`the following directives are specified both as a flag and in the configuration file: ${words.join(', ')}`)
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
