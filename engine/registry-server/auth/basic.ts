import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { compare } from 'bcryptjs'
import { Lock } from '../../lock.ts'
import { RegistryError } from '../errors.ts'
import type { Authority } from './authority.ts'
import type { HtpasswdFile } from './htpasswd-file.ts'

/** A password that was right need not be checked again for this long: bcrypt is slow by design, and a push is many requests. */
const REMEMBERED_MS = 60_000

/** Of nobody. An unknown name takes as long as a wrong password. */
const NOBODY = '$2b$10$CwTycUXWue0Thq9StjUM0uJ8DPLKXt1FYlwYpQW2G3cAwjKoh1WZK'

/** Names and passwords of a file: whoever has one may do everything. @see RFC 7617 */
export class BasicAuthority implements Authority {
  readonly #file: HtpasswdFile
  readonly #realm: string
  /** Checks that went well or are under way, by a digest of all that went into them. */
  readonly #checked = new Map<string, { readonly isRight: Promise<boolean>; readonly untilMs: number }>()
  readonly #secret = randomBytes(32)
  /** One check at a time: whoever tries passwords does not keep the bytes of the others from flowing. */
  readonly #turn = new Lock()

  constructor(file: HtpasswdFile, realm: string) {
    this.#file = file
    this.#realm = realm
  }

  async admit({ authorization }: IncomingHttpHeaders): Promise<string> {
    const [, encoded] = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '') ?? []
    const text = Buffer.from(encoded ?? '', 'base64').toString('utf8')
    const cut = text.indexOf(':')
    if (encoded === undefined || cut < 0) throw this.#refusal()
    const [name, password] = [text.slice(0, cut), text.slice(cut + 1)]
    const hash = (await this.#file.accounts()).get(name)
    const isRight = await this.#check(password, hash ?? NOBODY)
    if (hash === undefined || !isRight) throw this.#refusal()
    return name
  }

  async #check(password: string, hash: string): Promise<boolean> {
    const key = createHmac('sha256', this.#secret).update(`${hash}\0${password}`).digest('base64')
    const known = this.#checked.get(key)
    if (known && known.untilMs > Date.now()) return known.isRight
    const isRight = this.#turn.run(() => compare(password, hash))
    this.#checked.set(key, { isRight, untilMs: Date.now() + REMEMBERED_MS })
    // Only what was right is remembered: so there are no more entries than there are accounts.
    if (!(await isRight)) this.#checked.delete(key)
    return isRight
  }

  #refusal(): RegistryError {
    return new RegistryError('UNAUTHORIZED', { headers: { 'WWW-Authenticate': `Basic realm=${JSON.stringify(this.#realm)}` } })
  }
}
