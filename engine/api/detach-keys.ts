import { EngineError } from '../errors.ts'

/** `ctrl-p,ctrl-q` */
const DEFAULT_KEYS = [0x10, 0x11]

const CONTROL: Readonly<Record<string, number>> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 }

/**
 * The bytes of a detach sequence: single characters or `ctrl-x`, separated by commas.
 * @throws EngineError `invalid` with docker's words
 */
export function parseDetachKeys(text: string): number[] {
  if (text === '') return DEFAULT_KEYS
  return text.split(',').map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1]?.toLowerCase()
    if (control !== undefined) return CONTROL[control] ?? control.charCodeAt(0) - 96
    if (key.length === 1) return key.charCodeAt(0)
    throw new EngineError('invalid', `Invalid detach keys (${text}) provided`)
  })
}

/** Watches what is typed for the detach sequence; holds back its beginning until it is certain. */
export class DetachKeys {
  readonly #keys: readonly number[]
  #matched = 0

  constructor(keys: readonly number[]) {
    this.#keys = keys
  }

  filter(chunk: Buffer): { data: Buffer; isDetached: boolean } {
    const out: number[] = []
    for (const byte of chunk) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched += 1
        if (this.#matched === this.#keys.length) return { data: Buffer.from(out), isDetached: true }
        continue
      }
      // What looked like the beginning was none; the byte that broke it may begin the sequence anew.
      out.push(...this.#keys.slice(0, this.#matched))
      this.#matched = byte === this.#keys[0] ? 1 : 0
      if (this.#matched === 0) out.push(byte)
    }
    return { data: Buffer.from(out), isDetached: false }
  }
}
