import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { EngineError } from '../errors.ts'

/** `sha256:` and 64 hex digits. */
export type Digest = string & { readonly brand: 'Digest' }

const DIGEST = /^sha256:[0-9a-f]{64}$/

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

/** @throws EngineError `invalid` */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new EngineError('invalid', `invalid checksum digest format: ${text}`)
  return text
}

export function digestOf(data: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(data).digest('hex')}` as Digest
}

/** Twelve hex digits, as docker shows a digest or an id to people. */
export function shortHexOf(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12)
}

export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

/** @throws EngineError `system` when the bytes of a layer are not what was promised */
export function verifyDigest(actual: Digest, expected: Digest): void {
  const error = mismatch(actual, expected)
  if (error) throw error
}

function mismatch(actual: Digest, expected: Digest): EngineError | undefined {
  return actual === expected ? undefined : new EngineError('system', `filesystem layer verification failed for digest ${expected}`)
}

/** Passes bytes on and knows their digest and number at the end. */
export class DigestMeter extends Transform {
  readonly #hash = createHash('sha256')
  sizeBytes = 0
  #digest: Digest | undefined

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: Error | null, data: Buffer) => void): void {
    this.#hash.update(chunk)
    this.sizeBytes += chunk.length
    done(null, chunk)
  }

  /** Of everything that went through; call it once the stream has ended. */
  digest(): Digest {
    this.#digest ??= `sha256:${this.#hash.digest('hex')}` as Digest
    return this.#digest
  }
}

/**
 * Like a meter, but fails before the end of the stream when the bytes are not what was promised.
 * A mismatch is an error for the client, never a reason to try again.
 */
export class DigestVerifier extends DigestMeter {
  readonly #expected: Digest

  constructor(expected: Digest) {
    super()
    this.#expected = expected
  }

  override _flush(done: (error?: Error | null) => void): void {
    done(mismatch(this.digest(), this.#expected))
  }
}
