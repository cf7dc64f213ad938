import { randomBytes } from 'node:crypto'
import { EngineError } from '../../errors.ts'
import { OutputRing } from './output-ring.ts'
import { type Arrival, cleanName, cleanSize, commonSize, type EndReason, type PersonView, type TerminalSize } from './person.ts'
import { Share, type ShareMode, type ShareView } from './share.ts'

/** Somewhat more than the 5,000 lines that a window keeps, if they are short. */
const HISTORY_BYTES = 512 * 1024

/** How long a window may take to load anew before its guests are shown out, and before its shell ends. */
const RETURN_MS = 30_000
const ABSENCE_MS = 10 * 60_000

/** More links, and people by one link, than anybody needs: they cost memory. */
const MAX_SHARES = 16
const MAX_PEOPLE = 32

/** The shell behind a terminal. */
export interface Shell {
  readonly execId: string
  write(data: Buffer): void
  resize(size: TerminalSize): void
  /** Hangs up: a shell ends by that, with what it runs. */
  hangUp(): void
}

interface TerminalParts {
  readonly containerId: string
  readonly folder: string
  readonly size: TerminalSize
  /** Called once. */
  readonly ended: () => void
}

interface Person extends Omit<Arrival, 'name' | 'size'> {
  readonly number: number
  name: string
  size: TerminalSize
}

/** What somebody at a terminal can do. All of it does nothing once their stay has ended. */
export interface Stay {
  /** Dropped here, and not in a page, of who only looks on. */
  type(data: Buffer): void
  resize(size: TerminalSize): void
  rename(name: string): void
  leave(): void
}

/**
 * One shell with a terminal, and everybody who looks at it. It ends with its shell, when an owner closes it, and when no owner
 * has been there for ten minutes; its links end half a minute after the last owner has left.
 */
export class Terminal {
  readonly id = randomBytes(32).toString('hex')
  readonly containerId: string
  /** On the disk that the container's owner pays for: what a slow window is behind. */
  readonly folder: string
  readonly #history = new OutputRing(HISTORY_BYTES)
  readonly #people = new Map<string, Person>()
  readonly #shares = new Map<string, Share>()
  readonly #ended: () => void
  #shell: Shell | undefined
  #size: TerminalSize
  #count = 0
  #isOver = false
  #absence: readonly NodeJS.Timeout[] = []

  constructor({ containerId, folder, size, ended }: TerminalParts) {
    this.containerId = containerId
    this.folder = folder
    this.#size = cleanSize(size)
    this.#ended = ended
    // Of a window that asked twice, or went while it asked, nobody knows.
    this.#absence = [setTimeout(() => this.close(), RETURN_MS).unref()]
  }

  get size(): TerminalSize {
    return this.#size
  }

  get execId(): string {
    return this.#shell?.execId ?? ''
  }

  /** Its shell has started. */
  begin(shell: Shell): void {
    this.#shell = shell
    if (this.#isOver) shell.hangUp()
  }

  /** @param data borrowed */
  output(data: Buffer): void {
    const kept = Buffer.from(data)
    this.#history.add(kept)
    for (const { viewer } of this.#people.values()) viewer.output(kept)
  }

  /** @throws EngineError `conflict` when too many are there; an owner always finds room, whatever guests do */
  join(arrival: Arrival): Stay {
    if (arrival.role !== 'owner' && this.#people.size >= MAX_PEOPLE) throw new EngineError('conflict', 'too many people are at this terminal')
    const id = randomBytes(8).toString('hex')
    const person: Person = { ...arrival, number: ++this.#count, name: cleanName(arrival.name), size: cleanSize(arrival.size) }
    this.#people.set(id, person)
    if (person.role === 'owner') this.#ownerIsHere()
    const history = this.#history.read()
    if (history.length > 0) person.viewer.output(history)
    this.#changed()
    const change = (deed: () => void) => {
      if (!this.#people.has(id)) return
      deed()
      this.#changed()
    }
    return {
      type: (data) => {
        if (this.#people.has(id) && person.role !== 'view') this.#shell?.write(data)
      },
      resize: (size) => change(() => Object.assign(person, { size: cleanSize(size) })),
      rename: (name) => change(() => Object.assign(person, { name: cleanName(name) })),
      leave: () => change(() => this.#remove(id, person)),
    }
  }

  /** @throws EngineError `conflict` for too many links */
  share(mode: ShareMode, lifetimeS: number): ShareView & { readonly token: string } {
    if (this.#shares.size >= MAX_SHARES) throw new EngineError('conflict', `this terminal has ${MAX_SHARES} links already: revoke one first`)
    const { share, token } = Share.create(mode, lifetimeS, (expired) => this.#endShare(expired, 'expired'))
    this.#shares.set(share.id, share)
    this.#changed()
    return { ...share.view(), token }
  }

  shareById(id: string): Share | undefined {
    return this.#shares.get(id)
  }

  /** Whoever came by the link is shown out. @throws EngineError `not-found` */
  revoke(shareId: string): void {
    const share = this.#shares.get(shareId)
    if (!share) throw new EngineError('not-found', `No such link: ${shareId}`)
    this.#endShare(share, 'revoked')
  }

  /** Ends it, and its shell. Idempotent. */
  close(reason: EndReason = 'closed'): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ownerIsHere()
    for (const share of this.#shares.values()) share.end()
    this.#shares.clear()
    const people = [...this.#people.values()]
    this.#people.clear()
    for (const { viewer } of people) viewer.ended(reason)
    if (reason !== 'exit') this.#shell?.hangUp()
    this.#ended()
  }

  #endShare(share: Share, reason: EndReason): void {
    share.end()
    this.#shares.delete(share.id)
    for (const [id, person] of this.#people) {
      if (person.shareId !== share.id) continue
      this.#remove(id, person)
      person.viewer.ended(reason)
    }
    this.#changed()
  }

  #remove(id: string, { role }: Person): void {
    this.#people.delete(id)
    if (role === 'owner' && !this.#isOver && ![...this.#people.values()].some((one) => one.role === 'owner')) this.#awaitOwner()
  }

  #awaitOwner(): void {
    const endShares = () => {
      for (const share of [...this.#shares.values()]) this.#endShare(share, 'closed')
    }
    this.#absence = [setTimeout(endShares, RETURN_MS).unref(), setTimeout(() => this.close(), ABSENCE_MS).unref()]
  }

  #ownerIsHere(): void {
    for (const timer of this.#absence) clearTimeout(timer)
    this.#absence = []
  }

  #changed(): void {
    const size = commonSize(this.#people.values())
    if (size && (size.rows !== this.#size.rows || size.columns !== this.#size.columns)) {
      this.#size = size
      this.#shell?.resize(size)
    }
    const people: PersonView[] = [...this.#people].map(([id, { number, name, role }]) => ({ id, number, name, role }))
    const shares = [...this.#shares.values()].map((share) => share.view())
    for (const [self, { viewer, role }] of this.#people) viewer.news({ self, size: this.#size, people, ...(role === 'owner' && { shares }) })
  }
}
