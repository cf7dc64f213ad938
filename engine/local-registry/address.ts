import { isIP } from 'node:net'
import { EngineError } from '../errors.ts'

/** Where the registry listens: the host as people write it, without brackets, and empty for every address of this machine. */
export interface Address {
  readonly host: string
  readonly port: number
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1']

/** @param text `HOST:PORT`, or `:PORT` for every address @throws EngineError `invalid` */
export function parseAddress(text: string): Address {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]+)\]|([^:[\]/]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const isRight = digits !== '' && port <= 65_535 && (bracketed === undefined || isIP(bracketed) === 6)
  if (!isRight) throw new EngineError('invalid', `invalid address of the registry: ${text}: use HOST:PORT, or :PORT for every address of this machine`)
  return { host: bracketed ?? plain, port }
}

export function addressText({ host, port }: Address): string {
  return `${inUrl(host)}:${port}`
}

/** What names of images may call it. Others may lead to it as well: then blobs are sent. */
export function namesOf({ host, port }: Address): ReadonlySet<string> {
  return new Set([...LOOPBACK, host].map((one) => `${inUrl(one)}:${port}`))
}

export function isLoopback({ host }: Address): boolean {
  return LOOPBACK.includes(host) || (isIP(host) === 4 && host.startsWith('127.'))
}

function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}
