import type { BigIntStats } from 'node:fs'
import { posix } from 'node:path'
import { hasCode } from '../../errors.ts'
import { DirectoryHandle } from '../../linux/directory-handle.ts'
import { PathError } from './path-error.ts'

/** Something of the host that a container sees at a path of its own. */
export interface ViewMount {
  readonly source: string
  readonly isReadOnly: boolean
  readonly isFolder: boolean
}

/** An open folder of a view. */
export interface ViewFolder extends AsyncDisposable {
  readonly handle: DirectoryHandle
  /** In the container, without links. */
  readonly path: string
  readonly isReadOnly: boolean
}

/** Where a path leads, without following a link in its last place. */
export interface Located extends AsyncDisposable {
  readonly path: string
  readonly stat: BigIntStats
  /** Set when it is a folder. */
  readonly folder: ViewFolder | undefined
  /** The open folder that has it, and its name there; absent for the root. A mounted file is elsewhere than it seems. */
  readonly place: { readonly folder: DirectoryHandle; readonly name: string } | undefined
}

/** As many as the kernel follows. @see path_resolution(7) */
const MAX_LINKS = 40

/**
 * A container's files as it sees them: its root, and volumes and binds in their places. Paths are looked up here, one
 * name at a time in an open folder; a link is read and followed by us, within the root. So no path leads out of it,
 * whatever the container does to its folders and links meanwhile.
 *
 * Paths are Latin-1 text, one character a byte. Errors are those of Go's os package, with the container's own paths.
 * @see docs/decisions/0001-copy-without-chroot.md
 */
export class RootView implements AsyncDisposable {
  /** Holds for the root, not for what is mounted in it. To be set once everything is mounted: a start makes places even in such a root. */
  isRootReadOnly = false
  readonly #root: DirectoryHandle
  readonly #mounts = new Map<string, ViewMount>()

  private constructor(root: DirectoryHandle) {
    this.#root = root
  }

  static async open(root: string): Promise<RootView> {
    return new RootView(await DirectoryHandle.open(root))
  }

  /**
   * Puts something of the host in place of what is at `destination`; links on the way there are followed.
   * @param isPlaceMade makes what the mount would need, as a start of the container does
   */
  async mount(destination: string, mount: ViewMount, isPlaceMade: boolean): Promise<void> {
    const path = await this.resolve(destination)
    if (path === '/') return
    if (isPlaceMade) {
      await using parent = await this.folder(posix.dirname(path), true)
      const name = posix.basename(path)
      if (!(await parent.handle.statOf(name))) {
        if (mount.isFolder) await parent.handle.makeFolder(name, 0o755)
        else await (await parent.handle.createFile(name)).close()
      }
    }
    this.#mounts.set(path, mount)
  }

  mountAt(path: string): ViewMount | undefined {
    return this.#mounts.get(path)
  }

  /** The mounts inside a folder, outermost first. */
  mountsBelow(path: string): [path: string, mount: ViewMount][] {
    const prefix = path === '/' ? '/' : `${path}/`
    return [...this.#mounts].filter(([one]) => one.startsWith(prefix)).sort(([a], [b]) => a.length - b.length)
  }

  /**
   * Opens the folder at a path; every link is followed.
   * @param isMade makes missing folders of the path itself, not those that a link misses
   * @throws Error `ENOENT`, `ENOTDIR`, `ELOOP`
   */
  async folder(path: string, isMade = false): Promise<ViewFolder> {
    const trail = await this.#walk(path, async (here, name, isOfPath) => {
      if (!isMade || !isOfPath || here.isReadOnly) throw new PathError('ENOENT', 'stat', path)
      await here.handle.makeFolder(name, 0o755)
      return this.#child(here, name)
    })
    const last = trail.pop()
    await closeAll(trail)
    if (!last || !('handle' in last)) throw new PathError('ENOTDIR', 'stat', path)
    return last
  }

  /** Where a path leads in the end, every link followed as far as there is something. */
  async resolve(path: string): Promise<string> {
    const trail = await this.#walk(path, async (here, name) => ({ path: posix.join(here.path, name) }))
    const resolved = trail.at(-1)?.path ?? '/'
    await closeAll(trail)
    return resolved
  }

  /**
   * Finds what is at a path: the link itself when it is one, unless the path ends with `/` or `/.`.
   * @throws Error `ENOENT`, `ENOTDIR`, `ELOOP`
   */
  async locate(path: string): Promise<Located> {
    const name = posix.basename(path)
    const isFolderMeant = path.endsWith('/') || name === '.' || name === '..'
    try {
      const folder = await this.folder(isFolderMeant ? path : posix.dirname(path))
      return isFolderMeant ? await located(folder) : await this.entry(folder, name)
    } catch (error) {
      throw error instanceof PathError ? new PathError(error.code, 'lstat', path, { cause: error }) : error
    }
  }

  /** Finds an entry of an open folder, which is then closed, or belongs to what is returned. @throws Error `ENOENT` */
  async entry(parent: ViewFolder, name: string): Promise<Located> {
    await using undo = new AsyncDisposableStack()
    undo.use(parent)
    const path = posix.join(parent.path, name)
    const mount = this.#mounts.get(path)
    if (mount ? mount.isFolder : (await parent.handle.statOf(name))?.isDirectory()) {
      const folder = await this.#child(parent, name)
      if (!('handle' in folder)) throw new PathError('ENOTDIR', 'lstat', path)
      return located(folder)
    }
    const place = mount ? await placeOf(mount) : { folder: parent.handle, name }
    const stat = await place.folder.statOf(place.name)
    if (!stat) throw new PathError('ENOENT', 'lstat', path)
    const kept = undo.move()
    if (mount) kept.use(place.folder)
    return { path, stat, folder: undefined, place, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root[Symbol.asyncDispose]()
  }

  /**
   * Goes along a path, following links. What is missing, or no folder, `onMissing` answers for.
   * @returns the folders from the root to the end, which are the caller's to close; after something missing only paths
   */
  async #walk(path: string, onMissing: (here: ViewFolder, name: string, isOfPath: boolean) => Promise<Step>): Promise<Step[]> {
    const trail: Step[] = [viewFolder(await this.#root.again(), '/', this.isRootReadOnly)]
    const pending = namesOf(path).map((name) => ({ name, isOfPath: true }))
    pending.reverse()
    try {
      for (let links = 0, next = pending.pop(); next; next = pending.pop()) {
        const here = trail.at(-1)
        if (!here) throw new Error('a walk never leaves the root')
        if (next.name === '..') {
          if (trail.length > 1) await closeAll(trail.splice(-1))
        } else if (!('handle' in here)) trail.push({ path: posix.join(here.path, next.name) })
        else {
          const step = await this.#step(here, next.name)
          if (typeof step === 'string') {
            if (++links > MAX_LINKS) throw new PathError('ELOOP', 'stat', path)
            if (step.startsWith('/')) await closeAll(trail.splice(1))
            pending.push(
              ...namesOf(step)
                .map((name) => ({ name, isOfPath: false }))
                .reverse(),
            )
          } else trail.push(step ?? (await onMissing(here, next.name, next.isOfPath)))
        }
      }
      return trail
    } catch (error) {
      await closeAll(trail)
      throw error
    }
  }

  /** @returns the folder, or the text of a link, or undefined when there is nothing or something else */
  async #step(here: ViewFolder, name: string): Promise<Step | string | undefined> {
    try {
      return await this.#child(here, name)
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      if (!hasCode(error, 'ENOTDIR', 'ELOOP')) throw error
      const path = posix.join(here.path, name)
      const link = this.#mounts.has(path) ? undefined : await here.handle.linkOf(name)
      return link ?? { path }
    }
  }

  async #child(here: ViewFolder, name: string): Promise<Step> {
    const path = posix.join(here.path, name)
    const mount = this.#mounts.get(path)
    if (!mount) return viewFolder(await here.handle.child(name), path, here.isReadOnly)
    if (!mount.isFolder) return { path }
    return viewFolder(await DirectoryHandle.open(mount.source), path, mount.isReadOnly)
  }
}

/** One place of a walk: an open folder, or only a path when there is none. */
type Step = ViewFolder | { readonly path: string }

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

function viewFolder(handle: DirectoryHandle, path: string, isReadOnly: boolean): ViewFolder {
  return { handle, path, isReadOnly, [Symbol.asyncDispose]: () => handle[Symbol.asyncDispose]() }
}

async function closeAll(steps: readonly Step[]): Promise<void> {
  for (const step of steps) if ('handle' in step) await step[Symbol.asyncDispose]()
}

async function located(folder: ViewFolder): Promise<Located> {
  return { path: folder.path, stat: await folder.handle.stat(), folder, place: undefined, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

/** Where the host has a mounted file. */
async function placeOf({ source }: ViewMount): Promise<{ folder: DirectoryHandle; name: string }> {
  return { folder: await DirectoryHandle.open(posix.dirname(source)), name: Buffer.from(posix.basename(source)).toString('latin1') }
}
