import { isIP } from 'node:net'
import { EngineError } from '../errors.ts'

/** Where a registry listens: the host as people write it, without brackets, and empty for every address of this machine. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** @param text `HOST:PORT`, or `:PORT` for every address @throws EngineError `invalid` */
export function parseAddress(text: string): Address {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]+)\]|([^:[\]/]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const isRight = digits !== '' && port <= 65_535 && (bracketed === undefined || isIP(bracketed) === 6)
  if (!isRight) throw new EngineError('invalid', `invalid address ${text}: use HOST:PORT, or :PORT for every address of this machine`)
  return { host: bracketed ?? plain, port }
}

/** As in a URL. */
export function addressText({ host, port }: Address): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}
