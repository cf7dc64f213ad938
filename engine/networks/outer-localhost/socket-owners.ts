import { type ListeningSocket, socketsOf } from '../../linux/listening-sockets.ts'

/** A process may have handed its socket on and ended between two looks at it. */
const LOOKS = 3

/** Tells sockets of containers from others, with as few looks at their processes as that takes. */
export class SocketOwners {
  readonly #ours = new Set<string>()
  /** How often each has been looked for in vain. */
  readonly #strange = new Map<string, number>()

  /** Those of `sockets`, which are all there are, that one of these processes has. @param pids asked for when there is something to look for */
  async oursOf(sockets: readonly ListeningSocket[], pids: () => Promise<readonly number[]>): Promise<ListeningSocket[]> {
    this.#forgetAllBut(new Set(sockets.map(({ inode }) => inode)))
    const unsure = sockets.filter(({ inode }) => !this.#ours.has(inode) && (this.#strange.get(inode) ?? 0) < LOOKS)
    if (unsure.length > 0) {
      const open = await socketsOf(await pids())
      for (const { inode } of unsure) {
        if (open.has(inode)) this.#ours.add(inode)
        else this.#strange.set(inode, (this.#strange.get(inode) ?? 0) + 1)
      }
    }
    return sockets.filter(({ inode }) => this.#ours.has(inode))
  }

  #forgetAllBut(inodes: ReadonlySet<string>): void {
    for (const inode of this.#ours) if (!inodes.has(inode)) this.#ours.delete(inode)
    for (const inode of this.#strange.keys()) if (!inodes.has(inode)) this.#strange.delete(inode)
  }
}
