import { parseArgs } from 'node:util'
import type { ChosenProxies } from '../follow/proxies.ts'
import { parseSize } from '../size.ts'
import { DEFAULT_NAME } from '../vm-folder.ts'

/** What was typed after `engineroom vm`. */
export interface VmOptions {
  readonly words: readonly string[]
  readonly name: string
  readonly driver: 'qemu' | 'fake' | undefined
  readonly assets: string | undefined
  readonly cpus: number | undefined
  readonly memoryBytes: number | undefined
  readonly diskBytes: number | undefined
  /** As typed; none at all for `none`. */
  readonly shares: readonly string[] | undefined
  /** None at all unless one was typed. */
  readonly proxies: ChosenProxies | undefined
  /** Undefined when nothing was said. */
  readonly hostNetwork: boolean | undefined
  readonly json: boolean
  readonly follow: boolean
  readonly yes: boolean
  readonly help: boolean
}

/** @throws Error for a flag that there is not, or a value that is none */
export function vmOptions(args: readonly string[]): VmOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string', default: DEFAULT_NAME },
      driver: { type: 'string' },
      assets: { type: 'string' },
      cpus: { type: 'string' },
      memory: { type: 'string' },
      disk: { type: 'string' },
      share: { type: 'string', multiple: true },
      'http-proxy': { type: 'string' },
      'https-proxy': { type: 'string' },
      'no-proxy': { type: 'string' },
      'host-network': { type: 'boolean' },
      'no-host-network': { type: 'boolean' },
      json: { type: 'boolean', default: false },
      follow: { type: 'boolean', short: 'f', default: false },
      yes: { type: 'boolean', short: 'y', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  return {
    words: positionals,
    name: values.name,
    driver: driverOf(values.driver),
    assets: values.assets,
    cpus: values.cpus === undefined ? undefined : count(values.cpus),
    memoryBytes: values.memory === undefined ? undefined : parseSize(values.memory),
    diskBytes: values.disk === undefined ? undefined : parseSize(values.disk),
    shares: values.share === undefined ? undefined : sharesOf(values.share),
    proxies: proxiesOf({ http: values['http-proxy'], https: values['https-proxy'], none: values['no-proxy'] }),
    hostNetwork: switchOf(values['host-network'], values['no-host-network']),
    json: values.json,
    follow: values.follow,
    yes: values.yes,
    help: values.help,
  }
}

function switchOf(on: boolean | undefined, off: boolean | undefined): boolean | undefined {
  if (on && off) throw new Error('--host-network goes not with --no-host-network')
  return on || off ? on === true : undefined
}

function count(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new Error(`invalid --cpus "${text}": a whole number, 1 or more`)
  return Number(text)
}

function sharesOf(texts: readonly string[]): readonly string[] {
  if (texts.includes('none') && texts.length > 1) throw new Error('--share none goes with no other --share')
  return texts[0] === 'none' ? [] : texts
}

/** `none` is typed for no proxy. */
function proxiesOf(typed: Readonly<Record<keyof ChosenProxies, string | undefined>>): ChosenProxies | undefined {
  const given = Object.entries(typed).flatMap(([key, text]) => (text === undefined ? [] : [[key, text === 'none' ? '' : text]]))
  return given.length > 0 ? Object.fromEntries(given) : undefined
}

function driverOf(text: string | undefined): VmOptions['driver'] {
  if (text === undefined || text === 'qemu' || text === 'fake') return text
  throw new Error(`invalid --driver "${text}": qemu, or fake for tests`)
}
