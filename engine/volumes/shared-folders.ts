import { EngineError } from '../errors.ts'
import { isAtOrBelow } from '../linux/mount-propagation.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import { cleanPath } from './mount.ts'

/** What containers ask of the machine itself, not of the person's files: devices, the kernel, its modules, our own socket. */
const OF_THE_MACHINE = ['/dev', '/proc', '/sys', '/run', '/var/run', '/lib/modules', '/usr/lib/modules']

/**
 * The folders of the computer around our virtual machine which are here, too, at the same paths. A bind that leads
 * anywhere else would show a container the machine's files, or an empty folder, in place of what its user means.
 */
export class SharedFolders {
  readonly #shared: readonly string[]
  readonly #allowed: readonly string[]

  /** @param dataRoot volumes are there */
  constructor(shared: readonly string[], dataRoot: string) {
    this.#shared = shared
    this.#allowed = [...shared, ...OF_THE_MACHINE, dataRoot]
  }

  /**
   * @param source the path of a bind; may not be there yet
   * @throws EngineError `invalid` when it, or where its links lead, is not shared
   */
  async check(source: string): Promise<void> {
    for (const path of [cleanPath(source), await resolveInRoot('/', source)]) {
      if (!this.#allowed.some((folder) => isAtOrBelow(path, folder))) throw this.#denied(path)
    }
  }

  #denied(path: string): EngineError {
    const flags = [...this.#shared, path].map((folder) => `--share ${folder}`).join(' ')
    return new EngineError(
      'invalid',
      `Mounts denied: The path ${path} is not shared with the virtual machine, and is not known to it. Share it: engineroom vm restart ${flags}`,
    )
  }
}
