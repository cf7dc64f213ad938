import { messageOf } from '../errors.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { type StatsSample, sampleContainer } from './stats.ts'

const INTERVAL_MS = 1000

/** Told once a second; undefined while the container does not run. */
export type StatsListener = (sample: StatsSample | undefined) => void

interface Sampler {
  readonly listeners: Set<StatsListener>
  timer: NodeJS.Timeout | undefined
  /** The last sample, wrapped: a stopped container's is undefined. */
  last: { readonly sample: StatsSample | undefined } | undefined
}

/** Samples each container that somebody watches once a second, for all who watch it together. Nobody: no timer. */
export class StatsFeed {
  readonly #parts: Pick<ContainerParts, 'paths' | 'log'>
  readonly #samplers = new Map<Container, Sampler>()

  constructor(parts: Pick<ContainerParts, 'paths' | 'log'>) {
    this.#parts = parts
  }

  /** Calls `listener` with the latest sample at once (soon, if it is the first), then every second, until the returned function is called. */
  subscribe(container: Container, listener: StatsListener): () => void {
    const running = this.#samplers.get(container)
    const sampler: Sampler = running ?? { listeners: new Set(), timer: undefined, last: undefined }
    sampler.listeners.add(listener)
    if (sampler.last) listener(sampler.last.sample)
    if (!running) {
      this.#samplers.set(container, sampler)
      void this.#tick(container, sampler)
    }
    return () => {
      sampler.listeners.delete(listener)
      if (sampler.listeners.size > 0 || this.#samplers.get(container) !== sampler) return
      clearTimeout(sampler.timer)
      this.#samplers.delete(container)
    }
  }

  async #tick(container: Container, sampler: Sampler): Promise<void> {
    const sample = await sampleContainer(this.#parts, container).catch((error: unknown) => {
      this.#parts.log.error('collecting stats failed', { container: container.id, error: messageOf(error) })
      return undefined
    })
    if (sampler.listeners.size === 0) return
    sampler.last = { sample }
    for (const listener of [...sampler.listeners]) listener(sample)
    if (sampler.listeners.size > 0) sampler.timer = setTimeout(() => void this.#tick(container, sampler), INTERVAL_MS)
  }
}
