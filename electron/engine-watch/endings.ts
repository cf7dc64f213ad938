import type { News } from './news.ts'

/** A container ended badly, and nobody had asked it to end. */
export interface BadEnding {
  readonly id: string
  readonly name: string
  readonly exitCode: number
  readonly atMs: number
}

/** Those by which people stop things, as docker writes them. Not SIGHUP, by which most servers read their settings anew, and go on. */
const ASKING = new Set(['2', '3', '9', '15', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGTERM'])

/**
 * Which endings are news to a person. Not those of a container that was sent a signal by docker (stop, kill, rm -f), nor of one
 * that a terminal is attached to: it is seen there.
 */
export class Endings {
  readonly #asked = new Set<string>()
  readonly #attached = new Set<string>()

  /** @returns the ending that this is, if it is a bad one */
  take({ type, action, id, attributes, atMs }: News): BadEnding | undefined {
    if (type !== 'container') return undefined
    switch (action) {
      case 'attach':
        this.#attached.add(id)
        return undefined
      case 'detach':
        this.#attached.delete(id)
        return undefined
      case 'destroy':
        this.#attached.delete(id)
        this.#asked.delete(id)
        return undefined
      case 'start':
        this.#asked.delete(id)
        return undefined
      case 'kill':
        if (ASKING.has(attributes.signal ?? '')) this.#asked.add(id)
        return undefined
      case 'die': {
        const wasAsked = this.#asked.delete(id)
        const isNews = !this.#attached.delete(id) && !wasAsked
        const exitCode = Number(attributes.exitCode ?? 0)
        return isNews && exitCode !== 0 ? { id, name: attributes.name ?? id.slice(0, 12), exitCode, atMs } : undefined
      }
      default:
        return undefined
    }
  }
}
