import { Log } from '../../log.ts'
import { type Address, parseAddress } from '../../registry-server/address.ts'
import { type AccountSettings, type ServeSettings, serveRegistry, type TlsPaths } from '../../registry-server/serve.ts'
import { parseS3Settings, type S3Settings } from '../../registry-server/storage/s3-settings.ts'
import { CliCommand } from '../command/command.ts'
import { duration, list } from '../command/values.ts'
import { told } from '../told.ts'
import { refuseForeignSettings } from './foreign-settings.ts'
import { storageOf } from './storage.ts'

export interface ServeOptions {
  readonly addr?: Address
  readonly debug?: boolean
  readonly gcGrace?: number
  readonly gcInterval?: number
  readonly htpasswd?: string
  readonly metricsAddr?: Address
  readonly notify?: readonly string[]
  readonly proxy?: string
  readonly readOnly?: boolean
  readonly realm?: string
  readonly root?: string
  readonly s3?: S3Settings
  readonly tlscacert?: string
  readonly tlscert?: string
  readonly tlskey?: string
  readonly tokenIssuer?: string
  readonly tokenKeys?: string
  readonly tokenRealm?: string
  readonly tokenService?: string
  readonly uploadAge?: number
}

/** `engineroom registry serve` */
export function command(): CliCommand {
  return new CliCommand({ path: 'registry serve', usage: '[OPTIONS]', summary: 'Run a registry for images' })
    .flag('--addr <string>', 'Where to listen (default ":5000")', parseAddress)
    .flag('-D, --debug', 'Log every request')
    .flag('--gc-grace <duration>', 'Keep what is younger (default 24h)', duration)
    .flag('--gc-interval <duration>', 'Remove what no image needs any more, this often (default: never)', interval)
    .flag('--htpasswd <string>', 'File of accounts, as htpasswd -B writes it')
    .flag('--metrics-addr <string>', 'Where Prometheus finds /metrics (default: nowhere)', parseAddress)
    .flag('--notify <list>', 'URL to tell of pushes, pulls and deletes; may be repeated', list(webAddress))
    .flag('--proxy <string>', 'URL of a registry whose images come here as they are pulled, and stay', webAddress)
    .flag('--read-only', 'Refuse to push and to delete')
    .flag('--realm <string>', 'What clients show when they ask for a password (default "Engineroom registry")')
    .flag('--root <string>', 'Folder for the data (default "/var/lib/registry")')
    .flag('--s3 <string>', 'Bucket for the data instead of a folder: bucket=NAME,endpoint=URL,region=NAME,prefix=PATH', parseS3Settings)
    .flag('--tlscacert <string>', 'Take only clients with a certificate of this authority')
    .flag('--tlscert <string>', 'Certificate file; the registry then speaks TLS')
    .flag('--tlskey <string>', 'Key file of the certificate')
    .flag('--token-issuer <string>', 'Who issues tokens')
    .flag('--token-keys <string>', 'File of the keys that tokens are signed with: PEM certificates or public keys, or a JSON Web Key Set')
    .flag('--token-realm <string>', 'URL of the server that gives out tokens')
    .flag('--token-service <string>', 'What tokens call this registry')
    .flag('--upload-age <duration>', 'Remove uploads that have not grown for this long (default 24h)', duration)
    .perform<ServeOptions>((_, options) => serve(options))
}

export async function serve(options: ServeOptions): Promise<void> {
  refuseForeignSettings(process.env)
  await using _registry = await serveRegistry(settingsOf(options), new Log(options.debug ? 'debug' : 'info'))
  await told(['SIGINT', 'SIGTERM', 'SIGHUP'])
}

/** @throws Error for flags that do not go together */
function settingsOf(options: ServeOptions): ServeSettings {
  return {
    address: options.addr ?? { host: '', port: 5000 },
    storage: storageOf(options),
    isReadOnly: options.readOnly === true,
    uploadAgeMs: milliseconds(options.uploadAge, 24 * 3600),
    garbage: options.gcInterval === undefined ? undefined : { intervalMs: options.gcInterval, graceMs: milliseconds(options.gcGrace, 24 * 3600) },
    tls: tlsOf(options),
    accounts: accountsOf(options),
    metricsAddress: options.metricsAddr,
    proxy: proxyOf(options),
    notify: (options.notify ?? []).map((url) => new URL(url)),
  }
}

function proxyOf({ proxy, readOnly }: ServeOptions): URL | undefined {
  if (proxy !== undefined && readOnly) throw new Error('--proxy and --read-only cannot go together: what is pulled has to be kept')
  return proxy === undefined ? undefined : new URL(proxy)
}

function webAddress(text: string): string {
  if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) throw new Error('must be an http or https URL')
  return text
}

/** In milliseconds. @throws Error for what no timer can do */
function interval(text: string): number {
  const value = duration(text) / 1e6
  if (value < 1 || value > 2 ** 31 - 1) throw new Error('must be at least 1ms and at most 596h')
  return value
}

function milliseconds(nanos: number | undefined, defaultSeconds: number): number {
  return nanos === undefined ? defaultSeconds * 1000 : nanos / 1e6
}

function tlsOf({ tlscert, tlskey, tlscacert }: ServeOptions): TlsPaths | undefined {
  if (tlscert !== undefined && tlskey !== undefined) return { cert: tlscert, key: tlskey, ca: tlscacert }
  if ((tlscert ?? tlskey ?? tlscacert) !== undefined) throw new Error('TLS needs both --tlscert and --tlskey')
  return undefined
}

function accountsOf({ htpasswd, realm, tokenKeys, tokenRealm, tokenService, tokenIssuer }: ServeOptions): AccountSettings | undefined {
  if (tokenKeys !== undefined && tokenRealm !== undefined && tokenService !== undefined && tokenIssuer !== undefined) {
    if (htpasswd !== undefined) throw new Error('--htpasswd and --token-keys cannot go together')
    return { tokenKeys, realm: tokenRealm, service: tokenService, issuer: tokenIssuer }
  }
  if ((tokenKeys ?? tokenRealm ?? tokenService ?? tokenIssuer) !== undefined) {
    throw new Error('tokens need all of --token-keys, --token-realm, --token-service and --token-issuer')
  }
  return htpasswd === undefined ? undefined : { htpasswd, realm: realm ?? 'Engineroom registry' }
}
