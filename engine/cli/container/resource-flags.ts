import { isAbsolute, normalize } from 'node:path'
import { integer } from '../command/values.ts'

/** @see Engine API 1.51 DeviceMapping */
export interface DeviceMapping {
  readonly PathOnHost: string
  readonly PathInContainer: string
  readonly CgroupPermissions: string
}

/** @see Engine API 1.51 Ulimit */
export interface Ulimit {
  readonly Name: string
  readonly Soft: number
  readonly Hard: number
}

/** `HOST[:CONTAINER][:rwm]`. @throws Error with docker's words */
export function deviceMapping(text: string): DeviceMapping {
  const parts = text.split(':')
  const isMode = (part: string | undefined) => part !== undefined && /^(?!.*(.).*\1)[rwm]+$/.test(part)
  if (parts.length > 3 || parts[0] === '') throw new Error(`bad format for path: ${text}`)
  const [host = '', second, third] = parts
  if (third !== undefined && !isMode(third)) throw new Error(`bad mode specified: ${third}`)
  const mode = third ?? (isMode(second) ? second : undefined)
  const inside = second === undefined || (third === undefined && isMode(second)) ? host : second
  if (!isAbsolute(inside)) throw new Error(`${inside} is not an absolute path`)
  return { PathOnHost: host, PathInContainer: normalize(inside), CgroupPermissions: mode ?? 'rwm' }
}

const ULIMITS = new Set([
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
])

/** `NAME=SOFT[:HARD]`; -1 means without limit. @throws Error with docker's words */
export function ulimit(text: string): Ulimit {
  const [, Name = '', limits = ''] = /^([^=]*)=(.*)$/.exec(text) ?? []
  if (!text.includes('=')) throw new Error(`invalid ulimit argument: ${text}`)
  if (!ULIMITS.has(Name)) throw new Error(`invalid ulimit type: ${Name}`)
  const numbers = limits.split(':')
  if (numbers.length > 2) throw new Error(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``)
  const [Soft = 0, Hard = Soft] = numbers.map(integer)
  if (Hard !== -1 && (Soft === -1 || Soft > Hard)) {
    throw new Error(
      Soft === -1
        ? `ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: ${Hard}`
        : `ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`,
    )
  }
  return { Name, Soft, Hard }
}

/** @throws Error with docker's words */
export function attachable(text: string): string {
  const stream = text.toLowerCase()
  if (!['stdin', 'stdout', 'stderr'].includes(stream)) throw new Error('valid streams are STDIN, STDOUT and STDERR')
  return stream
}
