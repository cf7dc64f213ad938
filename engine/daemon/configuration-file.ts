import type { FileFault, FilePlan, SettingChange } from '../api/configuration/routes.ts'
import { messageOf } from '../errors.ts'
import { isLoopback } from '../linux/loopback.ts'
import { resolveOptions } from './config-file.ts'
import { EDITABLE_SETTINGS, faultOf } from './editable-settings.ts'
import type { DaemonOptions, FlagValues } from './flags.ts'
import { parseHostAddress } from './host-address.ts'
import { faultLine } from './json-fault.ts'
import { keyLines } from './key-lines.ts'
import type { ManagedSettings } from './managed-file.ts'
import { isObject, lockOf, valueAt } from './managed-settings.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** What a running engine takes over, besides what the form has of it. */
const TAKEN_OVER = ['debug', 'default-runtime', 'hub', 'runtimes']

interface Wanted {
  readonly text: string
  /** What the file says now. */
  readonly before: JsonObject
  readonly flags: FlagValues
  readonly managed: ManagedSettings | undefined
}

/**
 * A whole daemon.json that somebody has written, before it is one: what reads it at a start reads it key by key, so that each fault has
 * its key and its line, and then all of it.
 */
export function planFile({ text, before, flags, managed }: Wanted): FilePlan {
  const parsed = parse(text)
  if ('fault' in parsed) return { faults: [parsed.fault], changes: [], warnings: [] }
  const { file } = parsed
  const changed = [...new Set([...Object.keys(before), ...Object.keys(file)])].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(file[key]))
  const lines = keyLines(text)
  const at = (key: string, message: string): FileFault => ({ message, key, ...(lines.has(key) && { line: lines.get(key) }) })
  const faults = [
    ...changed.flatMap((key) => lockOf(managed, key) ?? []).map((message) => ({ message })),
    ...Object.entries(file).flatMap(([key, value]) => faultsOf(key, value, flags, managed).map((message) => at(key, message))),
  ]
  if (faults.length > 0) return { faults, changes: [], warnings: [] }
  const whole = attempt(() => resolveOptions(flags, text, managed))
  if ('fault' in whole) return { faults: [{ message: whole.fault }], changes: [], warnings: [] }
  return {
    faults,
    changes: changed.map((key): SettingChange => ({ key, applies: isTakenOver(key) ? 'at-once' : 'at-restart' })),
    warnings: warningsOf(changed, whole.value),
  }
}

/** One key by itself. */
function faultsOf(key: string, value: unknown, flags: FlagValues, managed: ManagedSettings | undefined): string[] {
  const alone = { [key]: value }
  const read = attempt(() => resolveOptions(flags, JSON.stringify(alone), managed))
  if ('fault' in read) return [read.fault.replace(/^unable to configure the daemon with file .*?: /, '')]
  return EDITABLE_SETTINGS.flatMap((setting) => {
    const said = valueAt(alone, setting.key)
    const fault = said === undefined ? undefined : faultOf(setting, said)
    return fault === undefined ? [] : [`${setting.key}: ${fault}`]
  })
}

/** Whether a running engine takes a key over. */
export function isTakenOver(key: string): boolean {
  return TAKEN_OVER.includes(key) || EDITABLE_SETTINGS.some((one) => one.applies === 'at-once' && (one.key === key || one.key.startsWith(`${key}.`)))
}

/** What a person should know before, besides when it counts. */
function warningsOf(changed: readonly string[], options: DaemonOptions): string[] {
  const has = (...keys: string[]) => keys.some((key) => changed.includes(key))
  const isOpen = options.hosts.some((host) => {
    const address = parseHostAddress(host, { hasTls: options.tls !== undefined })
    return address.kind === 'tcp' && !options.tls?.verify && !isLoopback(address.host)
  })
  return [
    ...(has('data-root', 'graph', 'exec-root')
      ? ['The engine will start with what is in the other folder. What it has now stays where it is, and containers that run go on without it.']
      : []),
    ...(has('hosts') ? ['Clients will find the engine at these addresses only; so will this window.'] : []),
    ...(has('hosts', 'tls', 'tlsverify') && isOpen
      ? ['Whoever reaches its address on the network will be root on this machine: no client has to show a certificate.']
      : []),
  ]
}

function parse(text: string): { readonly file: JsonObject } | { readonly fault: FileFault } {
  const read = attempt((): unknown => JSON.parse(text.trim() === '' ? '{}' : text))
  if ('value' in read) return isObject(read.value) ? { file: read.value } : { fault: { message: 'daemon.json has to be a JSON object', line: 1 } }
  return { fault: { message: read.fault, line: faultLine(text) } }
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly fault: string } {
  try {
    return { value: work() }
  } catch (error) {
    return { fault: messageOf(error) }
  }
}
