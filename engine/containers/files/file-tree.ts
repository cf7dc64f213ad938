import { EngineError } from '../../errors.ts'
import type { Volumes } from '../../volumes/volumes.ts'
import type { ContainerParts } from '../parts.ts'
import { describeFailure, openFiles } from './container-files.ts'
import { RootView } from './root-view.ts'

/** Files that one can walk by path: a container's, running or not, or a volume's. */
export interface FileTree {
  /** As messages call their owner: `container web`, `volume data`. */
  readonly owner: string
  /** Whether there may be users in it that own its files: a volume is whoever's container has it. */
  readonly hasUsers: boolean
  /** @throws EngineError `not-found`, `conflict` while the owner is being removed */
  open(): Promise<OpenTree>
}

export interface OpenTree extends AsyncDisposable {
  readonly view: RootView
}

/** @param reference how the client calls the container @throws EngineError `not-found` */
export function containerTree(parts: ContainerParts, reference: string): FileTree {
  const container = parts.store.get(reference)
  return { owner: `container ${reference}`, hasUsers: true, open: () => openFiles(parts, container) }
}

/** @throws EngineError `not-found` */
export function volumeTree(volumes: Volumes, name: string): FileTree {
  volumes.get(name)
  return {
    owner: `volume ${name}`,
    hasUsers: false,
    async open() {
      await using undo = new AsyncDisposableStack()
      const { path } = undo.use(await volumes.hold(name))
      const view = undo.use(await RootView.open(path))
      const kept = undo.move()
      return { view, [Symbol.asyncDispose]: () => kept.disposeAsync() }
    },
  }
}

/**
 * Opens the files for a piece of work on a path.
 * @throws EngineError `not-found`, `invalid` for an empty path; errors of the file system name the path as the client wrote it
 */
export async function withView<T>(tree: FileTree, path: string, work: (view: RootView) => Promise<T>): Promise<T> {
  if (path === '') throw new EngineError('invalid', 'bad parameter: path cannot be empty')
  await using files = await tree.open()
  try {
    return await work(files.view)
  } catch (error) {
    throw describeFailure(error, path, tree.owner)
  }
}
