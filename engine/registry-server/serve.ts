import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { messageOf } from '../errors.ts'
import { Lock } from '../lock.ts'
import type { Log } from '../log.ts'
import { type Address, addressText } from './address.ts'
import { type Authority, OPEN } from './auth/authority.ts'
import { BasicAuthority } from './auth/basic.ts'
import { BearerAuthority } from './auth/bearer.ts'
import { HtpasswdFile } from './auth/htpasswd-file.ts'
import { readTokenKeys } from './auth/keys.ts'
import { collectGarbage } from './garbage.ts'
import { createMetricsServer } from './http/metrics-server.ts'
import { createRegistryServer, type TlsFiles } from './http/server.ts'
import { Metrics } from './metrics.ts'
import { Notifier } from './notifications.ts'
import { Registry } from './registry.ts'
import { describeStorage, openStorage, type StorageSettings } from './storage/open-storage.ts'

export interface ServeSettings {
  readonly address: Address
  readonly storage: StorageSettings
  readonly isReadOnly: boolean
  /** An upload that has not grown for this long is removed. */
  readonly uploadAgeMs: number
  /** Undefined never collects garbage. */
  readonly garbage: { readonly intervalMs: number; readonly graceMs: number } | undefined
  readonly tls: TlsPaths | undefined
  /** Undefined lets everybody do everything. */
  readonly accounts: AccountSettings | undefined
  /** Where Prometheus asks; undefined for nowhere. */
  readonly metricsAddress: Address | undefined
  /** Who is told of what happens. */
  readonly notify: readonly URL[]
  /** A registry whose content comes here as it is asked for; nobody pushes here then. */
  readonly proxy: URL | undefined
}

export interface TlsPaths {
  readonly cert: string
  readonly key: string
  readonly ca: string | undefined
}

/** Names and passwords of a file, or tokens that a server at `realm` gives out. */
export type AccountSettings =
  | { readonly htpasswd: string; readonly realm: string }
  | { readonly tokenKeys: string; readonly realm: string; readonly service: string; readonly issuer: string }

/** Where authorities and certificates for other registries are looked for. */
const CERTIFICATE_FOLDERS = ['/etc/docker/certs.d']

const CLEANING_INTERVAL_MS = 3_600_000

/** Disposal ends it, and cuts nothing. */
export interface ServedRegistry extends AsyncDisposable {
  /** With the port that it got. */
  readonly address: Address
  readonly registry: Registry
  /** @param options.isCutting cuts requests under way, which come to their end otherwise */
  end(options: { readonly isCutting: boolean }): Promise<void>
}

/**
 * Serves a registry until disposal.
 * @throws Error when the address is taken or the storage cannot be used
 */
export async function serveRegistry(settings: ServeSettings, log: Log): Promise<ServedRegistry> {
  const registry = new Registry(await openStorage(settings.storage))
  if (settings.proxy) {
    // The client for other registries is large.
    const [{ Upstream }, { proxiesOf }] = await Promise.all([import('./upstream.ts'), import('../images/registry/proxy.ts')])
    const ways = { proxies: proxiesOf(process.env), certificateFolders: CERTIFICATE_FOLDERS }
    registry.upstream = new Upstream({ url: settings.proxy, ways }, registry, log)
  }
  const clean = () => registry.removeAbandoned(settings.uploadAgeMs).catch((error) => log.error(`removing old uploads: ${messageOf(error)}`))
  if (!settings.isReadOnly) await clean()
  const [authority, tls] = await Promise.all([authorityOf(settings.accounts), readTlsFiles(settings.tls)])
  const metrics = new Metrics()
  const notifier = new Notifier(settings.notify, log)
  const server = createRegistryServer({ registry, log, isReadOnly: settings.isReadOnly || settings.proxy !== undefined, authority, tls, metrics, notifier })
  const servers = [server]
  if (settings.metricsAddress !== undefined) {
    const metricsServer = createMetricsServer(metrics, notifier)
    await listen(metricsServer, settings.metricsAddress)
    servers.push(metricsServer)
  }
  const address = await listen(server, settings.address)
  const timers = settings.isReadOnly ? [] : [setInterval(clean, CLEANING_INTERVAL_MS).unref(), ...collectSometimes(registry, settings, log)]
  log.info('the registry listens', { address: addressText(address), data: describeStorage(settings.storage) })
  const end = async (isCutting: boolean) => {
    for (const timer of timers) clearInterval(timer)
    await Promise.all(servers.map((one) => closed(one, isCutting)))
    notifier[Symbol.dispose]()
  }
  return { address, registry, end: ({ isCutting }) => end(isCutting), [Symbol.asyncDispose]: () => end(false) }
}

async function closed(server: Server, isCutting: boolean): Promise<void> {
  const end = once(server, 'close')
  server.close()
  if (isCutting) server.closeAllConnections()
  else server.closeIdleConnections()
  await end
}

function collectSometimes(registry: Registry, { garbage }: ServeSettings, log: Log): NodeJS.Timeout[] {
  if (!garbage) return []
  const turn = new Lock()
  const collect = async () => {
    const { blobs, sizeBytes } = await collectGarbage(registry, { graceMs: garbage.graceMs, isDryRun: false })
    log.info('garbage was collected', { blobs: blobs.length, bytes: sizeBytes })
  }
  // One that takes longer than the interval is not joined by another.
  return [setInterval(() => turn.run(collect).catch((error) => log.error(`collecting garbage: ${messageOf(error)}`)), garbage.intervalMs).unref()]
}

/** @throws Error when its file cannot be read or is not right */
async function authorityOf(settings: AccountSettings | undefined): Promise<Authority> {
  if (!settings) return OPEN
  if ('tokenKeys' in settings) return new BearerAuthority(settings.realm, { ...settings, keys: await readTokenKeys(settings.tokenKeys) })
  const file = new HtpasswdFile(settings.htpasswd)
  await file.accounts()
  return new BasicAuthority(file, settings.realm)
}

async function readTlsFiles(paths: TlsPaths | undefined): Promise<TlsFiles | undefined> {
  if (!paths) return undefined
  const [cert, key, ca] = await Promise.all([readFile(paths.cert), readFile(paths.key), paths.ca === undefined ? undefined : readFile(paths.ca)])
  return { cert, key, ca }
}

/** @returns the address with the port that it got @throws Error when it is taken, or none of this machine */
async function listen(server: Server, { host, port }: Address): Promise<Address> {
  const listening = once(server, 'listening')
  server.listen({ port, ...(host !== '' && { host }) })
  await listening
  return { host, port: (server.address() as AddressInfo).port }
}
