import { EngineError, messageOf } from '../errors.ts'
import { mountDevice } from '../linux/device-mount.ts'
import { topMountsBelow, unmount } from '../linux/overlay.ts'
import { Lock } from '../lock.ts'
import type { MountSource } from './driver-options.ts'

interface Held {
  readonly lock: Lock
  readonly holders: Set<string>
  isMounted: boolean
}

/**
 * What volumes with driver options mount on their folder: from the first that uses it until the last has let go. The kernel
 * knows what is mounted; who uses it is known from the containers that run, also after the daemon was killed.
 */
export class VolumeMounts {
  readonly #held = new Map<string, Held>()

  /**
   * Mounts it, unless somebody has it already.
   * @param holder who needs it, until {@link release}
   * @throws EngineError `system` with dockerd's words
   */
  async hold(path: string, source: MountSource, holder: string): Promise<void> {
    const held = this.#of(path)
    await held.lock.run(async () => {
      if (!held.isMounted) await mountAt(path, source)
      held.isMounted = true
      held.holders.add(holder)
    })
  }

  /** Unmounts it, if nobody else needs it. Idempotent. */
  async release(path: string, holder: string): Promise<void> {
    const held = this.#held.get(path)
    if (!held) return
    await held.lock.run(async () => {
      held.holders.delete(holder)
      if (held.holders.size > 0 || !held.isMounted) return
      await unmount(path)
      held.isMounted = false
    })
  }

  /**
   * Finds again what is mounted below `root`, and unmounts what nobody needs any more.
   * @param holders by path, the containers that run and have the volume
   */
  async reconcile(root: string, holders: ReadonlyMap<string, readonly string[]>): Promise<void> {
    for (const path of await topMountsBelow(root)) {
      const running = holders.get(path) ?? []
      if (running.length === 0) {
        await unmount(path)
        continue
      }
      const held = this.#of(path)
      held.isMounted = true
      for (const holder of running) held.holders.add(holder)
    }
  }

  #of(path: string): Held {
    const held = this.#held.get(path) ?? { lock: new Lock(), holders: new Set(), isMounted: false }
    this.#held.set(path, held)
    return held
  }
}

async function mountAt(path: string, source: MountSource): Promise<void> {
  try {
    await mountDevice(source, path)
  } catch (error) {
    throw new EngineError('system', `error while mounting volume '${path}': ${messageOf(error)}`, { cause: error })
  }
}
