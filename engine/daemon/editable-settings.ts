import { isIP } from 'node:net'
import { LOG_DRIVERS } from '../containers/logs/log-config.ts'
import { parseCidr } from '../networks/addresses.ts'

/** What of daemon.json may be changed over the API: nothing that keeps the engine from starting, or opens it to others. */
export interface EditableSetting {
  /** Of daemon.json; `proxies.http-proxy` for a key in an object. */
  readonly key: string
  readonly title: string
  readonly help: string
  readonly kind: 'texts' | 'text' | 'choice' | 'count' | 'flag'
  readonly choices?: readonly string[]
  /** Whether the running engine takes it over, or the next start does. */
  readonly applies: 'at-once' | 'at-restart'
  /** What is wrong with one value, or one of several; undefined when nothing is. */
  readonly fault?: (value: string) => string | undefined
  readonly range?: readonly [least: number, most: number]
}

const isHost = (text: string) => /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/i.test(text)
const wrongUrl = (text: string) => (/^https?:\/\/[^\s/]+(\/\S*)?$/.test(text) ? undefined : 'should be http://HOST or https://HOST')
const wrongDomain = (text: string) => (text === '.' || /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?\.?$/i.test(text) ? undefined : 'should be a domain')

export const EDITABLE_SETTINGS: readonly EditableSetting[] = [
  { key: 'registry-mirrors', title: 'Registry mirrors', help: 'Asked before Docker Hub.', kind: 'texts', applies: 'at-once', fault: wrongUrl },
  {
    key: 'insecure-registries',
    title: 'Insecure registries',
    help: 'Spoken to without TLS, or with a certificate that nobody checks: HOST, HOST:PORT or a CIDR.',
    kind: 'texts',
    applies: 'at-once',
    fault: (text) => (isHost(text) || parseCidr(text) ? undefined : 'should be HOST, HOST:PORT or a CIDR'),
  },
  {
    key: 'proxies.http-proxy',
    title: 'Proxy for http://',
    help: 'On the way to registries; in place of HTTP_PROXY.',
    kind: 'text',
    applies: 'at-once',
    fault: wrongUrl,
  },
  {
    key: 'proxies.https-proxy',
    title: 'Proxy for https://',
    help: 'On the way to registries; in place of HTTPS_PROXY.',
    kind: 'text',
    applies: 'at-once',
    fault: wrongUrl,
  },
  {
    key: 'proxies.no-proxy',
    title: 'Without a proxy',
    help: 'Hosts, domains and CIDRs, separated by commas.',
    kind: 'text',
    applies: 'at-once',
    fault: (text) => (/^[\w.:*/[\]-]+(,\s*[\w.:*/[\]-]+)*$/.test(text) ? undefined : 'should be a list with commas'),
  },
  {
    key: 'dns',
    title: 'DNS servers',
    help: 'Whom containers ask for names of the world; without, whom this machine asks.',
    kind: 'texts',
    applies: 'at-restart',
    fault: (text) => (isIP(text) > 0 ? undefined : 'should be an IP address'),
  },
  { key: 'dns-search', title: 'DNS search domains', help: 'Tried behind names without a dot.', kind: 'texts', applies: 'at-restart', fault: wrongDomain },
  { key: 'max-concurrent-downloads', title: 'Layers pulled at a time', help: 'By default 3.', kind: 'count', applies: 'at-once', range: [1, 64] },
  { key: 'max-concurrent-uploads', title: 'Layers pushed at a time', help: 'By default 5.', kind: 'count', applies: 'at-once', range: [1, 64] },
  {
    key: 'log-driver',
    title: 'Log driver',
    help: 'For containers that name none, made from then on.',
    kind: 'choice',
    choices: LOG_DRIVERS,
    applies: 'at-restart',
  },
  {
    key: 'log-level',
    title: "Words of the engine's log",
    help: 'By default info.',
    kind: 'choice',
    choices: ['debug', 'info', 'warn', 'error', 'fatal'],
    applies: 'at-once',
  },
  {
    key: 'labels',
    title: 'Labels',
    help: 'Of this engine, for whoever lists engines.',
    kind: 'texts',
    applies: 'at-once',
    fault: (text) => (/^[^=\s]+=.*$/.test(text) ? undefined : 'should be KEY=VALUE'),
  },
  { key: 'shutdown-timeout', title: 'Seconds that a stop may take', help: 'By default 15.', kind: 'count', applies: 'at-once', range: [1, 600] },
]

/** What is wrong with a value that somebody wants; undefined when nothing is. */
export function faultOf({ kind, choices, range, fault }: EditableSetting, value: unknown): string | undefined {
  switch (kind) {
    case 'texts':
      if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) return 'should be a list of texts'
      return value.map((one: string) => named(one, fault?.(one))).find((found) => found !== undefined)
    case 'text':
      return typeof value === 'string' ? named(value, fault?.(value)) : 'should be a text'
    case 'choice':
      return choices?.some((one) => one === value) ? undefined : `should be one of ${choices?.join(', ')}`
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'should be true or false'
    case 'count': {
      const [least, most] = range ?? [0, Number.MAX_SAFE_INTEGER]
      return Number.isInteger(value) && Number(value) >= least && Number(value) <= most ? undefined : `should be a whole number from ${least} to ${most}`
    }
  }
}

function named(value: string, fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `${JSON.stringify(value)} ${fault}`
}
