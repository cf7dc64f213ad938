import { bodyWithoutSecrets } from '../../secrets.ts'

/** Of a body, this much is kept. */
const KEPT_BYTES = 32 * 1024

/** A body as it is told. */
export interface BodyView {
  /** All of it, also what was not kept. */
  readonly bytes: number
  /** The beginning, secrets hidden; null for what is no text, which is not kept at all. */
  readonly text: string | null
  readonly isCut: boolean
}

/** The beginning of a body, as it passes. */
export class CapturedBody {
  #bytes = 0
  #kept: Buffer[] = []
  #keptBytes = 0

  /** What it holds of the memory. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    const part = chunk.subarray(0, KEPT_BYTES - this.#keptBytes)
    if (part.length === 0) return
    // A copy: the chunk may be a view of something larger, or be used again.
    this.#kept.push(Buffer.from(part))
    this.#keptBytes += part.length
  }

  view(): BodyView {
    const isCut = this.#bytes > this.#keptBytes
    const text = textOf(Buffer.concat(this.#kept), isCut)
    return { bytes: this.#bytes, text: text === undefined ? null : bodyWithoutSecrets(text), isCut }
  }
}

/** @returns undefined for what is no text. @param isCut perhaps in the middle of a character */
function textOf(data: Buffer, isCut: boolean): string | undefined {
  const text = isCut ? data.toString('utf8').replace(/\uFFFD{1,3}$/, '') : data.toString('utf8')
  return /[\0\uFFFD]/.test(text) ? undefined : text
}
