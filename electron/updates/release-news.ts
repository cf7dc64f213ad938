import type { KeyObject } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { signedWords } from './signature.ts'
import { VERSION_PATTERN } from './version-order.ts'

const MAX_FILE_BYTES = 1024 ** 3

const ReleaseFileSchema = Type.Object({
  /** Its name, beside the feed's own file. */
  url: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._+~-]{0,200}$' }),
  /** Base64, as electron-updater has it. */
  sha512: Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$' }),
  size: Type.Integer({ minimum: 1, maximum: MAX_FILE_BYTES }),
})
export type ReleaseFile = Static<typeof ReleaseFileSchema>

const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' })

/** What a feed says of the newest release: electron-updater's `latest-linux.yml`, in that part of YAML which is JSON, and from when to when it holds. */
const ReleaseNewsSchema = Type.Object({
  version: Type.String({ pattern: VERSION_PATTERN }),
  releaseDate: Time,
  /** When these words were signed; each later word of the same release has a later one. */
  signedAt: Time,
  /** Nobody believes them from then on: whoever cannot show newer ones may be holding them back. */
  expiresAt: Time,
  /** To how many of a hundred computers it goes; to all where it says nothing. */
  stagingPercentage: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  releaseNotes: Type.Optional(Type.String({ maxLength: 65_536 })),
  files: Type.Array(ReleaseFileSchema, { minItems: 1, maxItems: 64 }),
})
export type ReleaseNews = Static<typeof ReleaseNewsSchema>

/** A clock that is a little wrong is nobody's attack. */
const CLOCK_MS = 24 * 60 * 60_000

export interface Trust {
  /** The public half of the release key. */
  readonly key: KeyObject
  readonly nowMs: number
  /** When the newest words were signed that this computer has believed. */
  readonly newestSignedAt: string | undefined
}

/**
 * Reads a feed's file, and believes nothing in it before its signature.
 * @throws Error that says why it is not believed: no signature, another's, expired, older than what was believed before, or not as agreed
 */
export function readReleaseNews(text: string, { key, nowMs, newestSignedAt }: Trust): ReleaseNews {
  const news = parse(signedWords(text, key))
  const signedAtMs = Date.parse(news.signedAt)
  if (Date.parse(news.expiresAt) <= nowMs) throw new Error(`The news of ${news.version} have expired: somebody may be keeping newer ones back.`)
  if (signedAtMs > nowMs + CLOCK_MS) throw new Error(`The news of ${news.version} were signed later than now: is this computer’s clock right?`)
  if (newestSignedAt !== undefined && signedAtMs < Date.parse(newestSignedAt))
    throw new Error(`The news of ${news.version} are older than what this address has said before.`)
  return news
}

function parse(words: string): ReleaseNews {
  const value: unknown = JSON.parse(words)
  if (Check(ReleaseNewsSchema, value)) return value
  const [fault] = Errors(ReleaseNewsSchema, value)
  throw new Error(`The news of this release are not as agreed: ${fault?.instancePath} ${fault?.message}`)
}
