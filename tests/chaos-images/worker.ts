import { dockerArchive, tar } from '../api/images/archives.ts'
import type { Random } from '../chaos/random.ts'
import type { ApiAnswer } from '../harness/api-request.ts'
import type { TestDaemon } from '../harness/daemon.ts'
import type { Known } from './recipes.ts'

/** What a name may stand for: an image's id, `built` for one whose id only the builder knows, or nothing. More than one after a request that was cut off. */
export type Meaning = string | 'built' | undefined

export interface Surroundings {
  readonly daemon: TestDaemon
  readonly known: readonly Known[]
  /** `host:port` of registries that serve the known images, in their order. */
  readonly sources: readonly string[]
  /** `host:port` of a registry to push to. */
  readonly target: string
  /** `repository` and tag of each push that was acknowledged. */
  readonly pushed: Set<string>
  readonly journal: string[]
  /** Requests that were answered, and not with what they were for: none of them has a reason to fail but the death of the daemon. */
  readonly refused: string[]
}

/** One after the other, works on names that no other worker touches, so that it knows what each must stand for. */
export class Worker {
  readonly #around: Surroundings
  readonly #number: number
  /** By name with tag. */
  readonly names = new Map<string, Set<Meaning>>()
  #serial = 0

  constructor(around: Surroundings, number: number) {
    this.#around = around
    this.#number = number
  }

  async workUntil(isOver: () => boolean, random: Random): Promise<void> {
    while (!isOver()) {
      await random.weighted<() => Promise<void>>([
        [4, () => this.#pull(random)],
        [4, () => this.#load(random)],
        [2, () => this.#build()],
        [3, () => this.#remove(random)],
        [2, () => this.#push(random)],
        [2, () => this.#prune()],
      ])()
    }
  }

  async #pull(random: Random): Promise<void> {
    const i = random.between(0, this.#around.known.length - 1)
    const [host, image] = [this.#around.sources[i], this.#around.known[i]]
    const repository = `${host}/worker-${this.#number}`
    await this.#change(`${repository}:1`, image?.id, 'POST', `/images/create?fromImage=${repository}&tag=1`, undefined, /Status: (Downloaded|Image is up)/)
  }

  /** The same few names again and again: the images that had them dangle. */
  async #load(random: Random): Promise<void> {
    const image = random.pick(this.#around.known)
    const name = `loaded-${this.#number}-${random.between(0, 1)}:1`
    if (image) await this.#change(name, image.id, 'POST', '/images/load?quiet=1', await dockerArchive(image.recipe, [name]), /Loaded image/)
  }

  async #build(): Promise<void> {
    const name = `built-${this.#number}:1`
    const token = `token ${this.#number} ${this.#serial++}`
    const context = await tar([
      ['Dockerfile', 'FROM busybox\nCOPY token padding /\nLABEL made=here\n'],
      ['token', token],
      ['padding', Buffer.alloc(300_000, token)],
    ])
    await this.#change(name, 'built', 'POST', `/build?t=${name}`, context, /Successfully tagged/)
  }

  async #remove(random: Random): Promise<void> {
    const name = random.pick([...this.names.keys()])
    if (name !== undefined) await this.#change(name, undefined, 'DELETE', `/images/${name}`, undefined, /Untagged|No such image/)
  }

  async #push(random: Random): Promise<void> {
    const source = random.pick([...this.names].filter(([, meanings]) => meanings.size === 1 && !meanings.has(undefined)).map(([name]) => name))
    if (source === undefined) return
    const tag = `t${this.#serial++}`
    const repository = `${this.#around.target}/pushed-${this.#number}`
    const meanings = this.names.get(source) ?? new Set([undefined])
    const [meaning] = meanings
    if (!(await this.#change(`${repository}:${tag}`, meaning, 'POST', `/images/${source}/tag?repo=${repository}&tag=${tag}`, undefined, /^$/))) return
    const answer = await this.#send('POST', `/images/${repository}/push?tag=${tag}`)
    if (answer && /digest: sha256/.test(answer.body)) this.#around.pushed.add(`pushed-${this.#number}/manifests/${tag}`)
  }

  async #prune(): Promise<void> {
    await this.#send('POST', '/images/prune')
  }

  /** A request that gives a name a meaning. @returns whether it was acknowledged */
  async #change(name: string, meaning: Meaning, method: string, path: string, body: Buffer | undefined, done: RegExp): Promise<boolean> {
    const before = this.names.get(name) ?? new Set([undefined])
    this.names.set(name, new Set([...before, meaning]))
    const answer = await this.#send(method, path, body)
    const isDone = answer !== undefined && answer.status < 500 && done.test(answer.body)
    if (isDone) this.names.set(name, new Set([meaning]))
    else if (answer) this.#around.refused.push(`${method} ${path} → ${answer.status} ${answer.body.trim().slice(-500)}`)
    return isDone
  }

  async #send(method: string, path: string, body?: Buffer): Promise<ApiAnswer | undefined> {
    const { daemon, journal } = this.#around
    try {
      const answer = await daemon.api(method, path, body, body && { 'content-type': 'application/x-tar' })
      journal.push(`${this.#number}: ${method} ${path} → ${answer.status} ${answer.body.trim().split('\n').at(-1)?.slice(0, 160)}`)
      return answer
    } catch (error) {
      journal.push(`${this.#number}: ${method} ${path} → broken: ${error}`)
      return undefined
    }
  }
}
