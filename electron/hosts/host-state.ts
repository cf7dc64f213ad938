import { EventEmitter, once } from 'node:events'
import type { HostStatus } from '../ipc/contract.ts'

/** What a host is now, and who is told when that changes. */
export class HostState {
  readonly #changes = new EventEmitter<{ changed: [HostStatus] }>()
  #now: HostStatus

  constructor(first: HostStatus) {
    this.#now = first
  }

  get now(): HostStatus {
    return this.#now
  }

  /** Tells whoever listens, if it is another one. @returns what it is now */
  become(change: Partial<HostStatus>): HostStatus {
    const next = { ...this.#now, ...change }
    if (JSON.stringify(next) === JSON.stringify(this.#now)) return this.#now
    this.#now = next
    this.#changes.emit('changed', next)
    return next
  }

  /** Returns what ends the subscription. */
  onChange(listener: (status: HostStatus) => void): () => void {
    this.#changes.on('changed', listener)
    return () => void this.#changes.off('changed', listener)
  }

  /** Resolves at the next change. */
  async changed(signal: AbortSignal): Promise<void> {
    await once(this.#changes, 'changed', { signal })
  }

  /** Nobody is told any more. */
  close(): void {
    this.#changes.removeAllListeners()
  }
}
