import { type Static, Type } from 'typebox'
import { decodeObject } from '../json/go-json.ts'
import type { FlagValues } from './flags.ts'

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

/** @throws Error in dockerd's words when it has unknown keys, or values of another kind */
export function decodeConfig(value: unknown): ConfigFile {
  refuseUnknownKeys(value)
  return decodeObject(ConfigFile, value)
}

/** A mistyped key would be a setting that silently does nothing. */
function refuseUnknownKeys(value: unknown): void {
  const unknown = typeof value === 'object' && value !== null ? Object.keys(value).filter((key) => !(key in ConfigFile.properties)) : []
  if (unknown.length > 0) throw new Error(`the following directives don't match any configuration option: ${unknown.join(', ')}`)
}

/** Which flags say the same as a key. Runtimes are not here: those of both places count. */
// biome-ignore format: a table
const FLAGS_OF_KEY: Readonly<Record<string, readonly string[]>> = {
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

/** The flag that was given and says the same as a key of daemon.json, by its name in the code; undefined where there is none. */
export function flagOfKey(flags: FlagValues, key: string): string | undefined {
  return FLAGS_OF_KEY[key]?.find((name) => flags[name] !== undefined)
}

/** Whether two keys say one thing, as `graph` and `data-root`. */
export function sayTheSame(one: string, other: string): boolean {
  return one === other || (FLAGS_OF_KEY[one] ?? []).some((flag) => FLAGS_OF_KEY[other]?.includes(flag))
}

/** `[a b]` for lists. */
export function asGoPrints(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asGoPrints).join(' ')}]`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
