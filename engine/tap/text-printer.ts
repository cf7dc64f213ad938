import { bodyWithoutSecrets, headersWithoutSecrets } from '../secrets.ts'
import { headerOf, mediaTypeOf, type Passing, type TapEvent } from './event.ts'
import { FrameDecoder } from './frames.ts'
import { clock, cut, duration, printable, size } from './words.ts'

/** What of one body is shown. */
const SHOWN_BYTES = 4096

/** Answers that go on as long as something happens, a line each: shown as they come. */
const LIVE =
  /^(?:\/v[\d.]+)?\/(events|build|images\/create|images\/load|images\/.+\/push|containers\/.+\/(?:logs|stats|attach|attach\/ws)|exec\/.+\/start)(\?|$)/

interface Shown {
  readonly method: string
  readonly target: string
  readonly startedMs: number
  readonly bodies: { readonly client: Body; readonly engine: Body }
  response: Extract<Passing, { kind: 'response' }> | undefined
  hasSaidEnd: boolean
}

/** What has passed of one side's body, and how much of it may still be shown. */
interface Body {
  bytes: number
  left: number
  decoder: FrameDecoder | undefined
}

export interface PrinterOptions {
  /** Also the headers, without secrets. */
  readonly headers: boolean
}

/** Requests and answers as lines for people. */
export class TextPrinter {
  readonly #write: (text: string) => void
  readonly #options: PrinterOptions
  readonly #shown = new Map<number, Shown>()

  constructor(write: (text: string) => void, options: PrinterOptions) {
    this.#write = write
    this.#options = options
  }

  print(event: TapEvent): void {
    const { passing } = event
    if (passing.kind === 'request') return this.#request(event, passing)
    const shown = this.#shown.get(event.exchange)
    if (!shown) return
    if (passing.kind === 'response') this.#response(event, shown, passing)
    else if (passing.kind === 'data') this.#data(event, shown, passing.from, passing.data)
    else if (passing.kind === 'end') this.#end(event, shown, passing.from)
    else this.#lost(event, shown)
  }

  #request(event: TapEvent, { method, target, headers }: Extract<Passing, { kind: 'request' }>): void {
    const isLive = LIVE.test(target)
    const body = (): Body => ({ bytes: 0, left: SHOWN_BYTES, decoder: undefined })
    const engine = { ...body(), left: isLive ? Number.POSITIVE_INFINITY : SHOWN_BYTES }
    this.#shown.set(event.exchange, { method, target, startedMs: event.timeMs, bodies: { client: body(), engine }, response: undefined, hasSaidEnd: false })
    this.#line(event, '→', [`${method} ${target}`, mediaTypeOf(headers), lengthWords(headerOf(headers, 'content-length'))])
    if (this.#options.headers) for (const [name, value] of headersWithoutSecrets(headers)) this.#line(event, '→', [`  ${name}: ${value}`])
  }

  #response(event: TapEvent, shown: Shown, response: Extract<Passing, { kind: 'response' }>): void {
    shown.response = response
    const { status, reason, headers } = response
    this.#line(event, '←', [
      `${status} ${reason}`,
      mediaTypeOf(headers),
      lengthWords(headerOf(headers, 'content-length')),
      duration(event.timeMs - shown.startedMs),
    ])
    if (this.#options.headers) for (const [name, value] of headersWithoutSecrets(headers)) this.#line(event, '←', [`  ${name}: ${value}`])
    // Input of a terminal is what people type: all of it is of interest.
    if (status === 101) shown.bodies.client.left = Number.POSITIVE_INFINITY
  }

  #data(event: TapEvent, { response, bodies }: Shown, from: 'client' | 'engine', data: Buffer): void {
    const body = bodies[from]
    const arrow = from === 'client' ? '→' : '←'
    if (from === 'engine' && body.bytes === 0 && response && FrameDecoder.suits(response.headers, data)) body.decoder = new FrameDecoder()
    body.bytes += data.length
    if (body.left <= 0) return
    if (body.decoder) {
      for (const piece of body.decoder.push(data)) this.#text(event, body, `${arrow} ${piece.stream}`, piece.data)
    } else this.#text(event, body, arrow, data)
  }

  #text(event: TapEvent, body: Body, mark: string, data: Buffer): void {
    const shown = data.subarray(0, body.left)
    body.left -= data.length
    const text = printable(shown)
    if (text === undefined) this.#line(event, mark, [`  (binary, ${size(data.length)})`])
    else for (const line of bodyWithoutSecrets(text).split('\n')) this.#line(event, mark, [`  ${cut(line)}`])
    if (body.left <= 0) this.#line(event, mark, ['  … not all is shown'])
  }

  #end(event: TapEvent, shown: Shown, from: 'client' | 'engine'): void {
    const { bodies, response, startedMs } = shown
    if (from === 'client') {
      if (response?.status === 101) this.#line(event, '→', ['end of input'])
      return
    }
    shown.hasSaidEnd = true
    const input = bodies.client.bytes > 0 ? `${size(bodies.client.bytes)} sent, ` : ''
    this.#line(event, '■', [`${input}${size(bodies.engine.bytes)} received`, duration(event.timeMs - startedMs)])
    this.#shown.delete(event.exchange)
  }

  #lost(event: TapEvent, { bodies, startedMs, method, target }: Shown): void {
    this.#line(event, '✗', [
      `${method} ${target} was broken off`,
      `${size(bodies.client.bytes)} sent, ${size(bodies.engine.bytes)} received`,
      duration(event.timeMs - startedMs),
    ])
    this.#shown.delete(event.exchange)
  }

  #line({ exchange, timeMs }: TapEvent, mark: string, words: readonly string[]): void {
    this.#write(`${clock(timeMs)} #${exchange} ${mark} ${words.filter((word) => word !== '').join('  ')}\n`)
  }
}

function lengthWords(length: string): string {
  return length === '' || length === '0' ? '' : size(Number(length))
}
