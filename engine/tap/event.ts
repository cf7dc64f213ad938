/** A header as it came, in its own spelling: a recording sends it again like that. */
export type Header = readonly [name: string, value: string]

export type Side = 'client' | 'engine'

/** What passes in one request and its answer, piece by piece. */
export type Passing =
  | { readonly kind: 'request'; readonly method: string; readonly target: string; readonly headers: readonly Header[] }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string; readonly headers: readonly Header[] }
  /** Of a body, or of the bytes that follow once the connection was taken over from HTTP. */
  | { readonly kind: 'data'; readonly from: Side; readonly data: Buffer }
  /** The side has said all. */
  | { readonly kind: 'end'; readonly from: Side }
  /** The connection went before both sides had said all. */
  | { readonly kind: 'lost' }

export interface TapEvent {
  /** Counts requests, from 1, over all connections. */
  readonly exchange: number
  /** Milliseconds since 1970, with fractions. */
  readonly timeMs: number
  readonly passing: Passing
}

/** A header by its name in small letters; `''` without it. */
export function headerOf(headers: readonly Header[], name: string): string {
  return headers.find(([one]) => one.toLowerCase() === name)?.[1].trim() ?? ''
}

/** The content type without its parameters. */
export function mediaTypeOf(headers: readonly Header[]): string {
  return (headerOf(headers, 'content-type').split(';', 1)[0] ?? '').trim().toLowerCase()
}
