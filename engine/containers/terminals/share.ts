import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** `view`: sees; `control`: types, too. */
export type ShareMode = 'view' | 'control'

/** A link into one terminal, as its owner sees it. Its token is told once, when it is made. */
export interface ShareView {
  readonly id: string
  readonly mode: ShareMode
  /** Unix time in milliseconds. */
  readonly expiresAtMs: number
}

const TOKEN_BYTES = 32

/** The link itself: of its token only the hash is kept, so that no copy of our memory opens a terminal. */
export class Share implements ShareView {
  readonly id = randomBytes(16).toString('hex')
  readonly mode: ShareMode
  readonly expiresAtMs: number
  readonly #hash: Buffer
  readonly #timer: NodeJS.Timeout

  /** @returns the link, and its token, which is nowhere else */
  static create(mode: ShareMode, lifetimeS: number, expired: (share: Share) => void): { share: Share; token: string } {
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    return { share: new Share(mode, lifetimeS, hashOf(token), expired), token }
  }

  private constructor(mode: ShareMode, lifetimeS: number, hash: Buffer, expired: (share: Share) => void) {
    this.mode = mode
    this.expiresAtMs = Date.now() + lifetimeS * 1000
    this.#hash = hash
    this.#timer = setTimeout(() => expired(this), lifetimeS * 1000).unref()
  }

  /** Whether it may still be used with this token; takes as long for a wrong one as for the right one. */
  admits(token: string): boolean {
    return timingSafeEqual(hashOf(token), this.#hash) && Date.now() < this.expiresAtMs
  }

  view(): ShareView {
    return { id: this.id, mode: this.mode, expiresAtMs: this.expiresAtMs }
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
