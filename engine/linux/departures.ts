import type { Duplex } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { descriptorOf } from './descriptor.ts'
import { departedPeers, socketInode } from './unix-peers.ts'

const FIRST_LOOK_MS = 1000
const LONGEST_PAUSE_MS = 60_000

/**
 * Notices clients that have gone while we have nothing to send them. The CLI ends its side of an attach without input right
 * away and goes on reading; when it is killed later, no end comes that could be read, and a container that says nothing
 * gives no cause to write. So those whose side has ended are looked for in the kernel's list: soon, then ever more rarely.
 */
export class Departures {
  readonly #log: Log
  readonly #watched = new Map<string, Duplex>()
  #timer: NodeJS.Timeout | undefined
  #pauseMs = FIRST_LOOK_MS

  constructor(log: Log) {
    this.#log = log
  }

  /** Destroys `socket`, whose input has ended, once its client is gone. Only unix sockets need this. */
  async watch(socket: Duplex): Promise<void> {
    const descriptor = descriptorOf(socket)
    const inode = descriptor === undefined ? undefined : await socketInode(descriptor)
    if (inode === undefined || socket.destroyed) return
    this.#watched.set(inode, socket)
    socket.once('close', () => {
      if (this.#watched.get(inode) === socket) this.#watched.delete(inode)
      if (this.#watched.size === 0) clearTimeout(this.#timer)
    })
    this.#pauseMs = FIRST_LOOK_MS
    this.#schedule()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#look().catch((error: unknown) => this.#log.warn('clients that left could not be looked for', { error: messageOf(error) }))
    }, this.#pauseMs)
    this.#timer.unref()
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS)
  }

  async #look(): Promise<void> {
    const departed = await departedPeers()
    for (const [inode, socket] of this.#watched) if (departed.has(inode)) socket.destroy()
    if (this.#watched.size > 0) this.#schedule()
  }
}
