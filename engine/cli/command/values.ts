import { isIP } from 'node:net'
import { parseDuration } from '../../json/duration.ts'
import { goInteger } from '../../json/go-values.ts'
import { binarySize } from '../../json/human-size.ts'

/** Collects a flag that may be repeated; `check` returns what is kept and throws what is wrong. */
export function list(check: (text: string) => string = (text) => text) {
  return (text: string, before: string[] | undefined): string[] => [...(before ?? []), check(text)]
}

/** Collects a flag that may be repeated, and may hold several, separated by commas. */
export function commaSeparated(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...text.split(',')]
}

/** `key=value` texts as the API takes them; a lone key has an empty value. */
export function keyValues(pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : '']))
}

/** Of a flag: what it was before does not matter. @throws Error with Go's words */
export function integer(text: string): number {
  return goInteger(text)
}

/** A size in bytes; -1 means without limit. @throws Error with docker's words */
export function sizeOrUnlimited(text: string): number {
  return text === '-1' ? -1 : binarySize(text)
}

/** A number of CPUs in billionths. @throws Error with docker's words */
export function nanoCpus(text: string): number {
  const value = /^\d*\.?\d+$|^\d+\.$/.test(text) ? Number(text) * 1e9 : Number.NaN
  if (Number.isNaN(value)) throw new Error(`failed to parse ${text} as a rational number`)
  if (Math.abs(value - Math.round(value)) > 1e-6) throw new Error('value is too precise')
  return Math.round(value)
}

/** A Go duration such as `1m30s`, in nanoseconds. @throws Error with Go's words */
export function duration(text: string): number {
  const nanos = text === '0' ? 0n : parseDuration(text)
  if (nanos === undefined) throw new Error(`time: invalid duration ${JSON.stringify(text)}`)
  return Number(nanos)
}

/** `key=value`, for `--filter`. @throws Error with docker's words */
export function filter(text: string): string {
  if (!text.includes('=')) throw new Error('bad format of filter (expected name=value)')
  return text
}

/** @throws Error with docker's words */
export function environment(text: string): string {
  const [name = ''] = text.split('=', 1)
  if (name === '') throw new Error(`invalid environment variable: ${text}`)
  const own = process.env[name]
  return text.includes('=') || own === undefined ? text : `${name}=${own}`
}

/** @throws Error with docker's words */
export function label(text: string): string {
  const name = (text.split('=', 1)[0] ?? '').trimStart()
  if (name === '') throw new Error(`invalid label '${text}': empty name`)
  if (/[ \t]/.test(name)) throw new Error(`label '${name}' contains whitespaces`)
  return text
}

/** @throws Error with docker's words */
export function ipAddress(text: string): string {
  if (isIP(text.trim()) === 0) throw new Error(`IP address is not correctly formatted: ${text}`)
  return text.trim()
}

/** `host:ip` or `host=ip`, as the API takes it. @throws Error with docker's words */
export function extraHost(text: string): string {
  const [, host = '', address = ''] = /^([^=]*)=(.*)$/.exec(text) ?? /^([^:]*):(.*)$/.exec(text) ?? []
  if (host === '' || host.includes(':')) throw new Error(`bad format for add-host: ${JSON.stringify(text)}`)
  const bare = /^\[(.+)\]$/.exec(address)?.[1] ?? address
  if (bare !== 'host-gateway' && isIP(bare) === 0) throw new Error(`invalid IP address in add-host: ${JSON.stringify(bare)}`)
  return `${host}:${bare}`
}

const SYSCTLS = ['kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni', 'kernel.sem', 'kernel.shmall', 'kernel.shmmax', 'kernel.shmmni', 'kernel.shm_rmid_forced']

/** Only what belongs to a namespace can be set for a container. @throws Error with docker's words */
export function sysctl(text: string): string {
  const name = /^([^=]+)=/.exec(text)?.[1] ?? ''
  if (!SYSCTLS.includes(name) && !/^(net|fs\.mqueue)\./.test(name)) throw new Error(`sysctl '${text}' is not allowed`)
  return text
}
