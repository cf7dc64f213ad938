import type { Volumes } from '../../volumes/volumes.ts'
import type { ContainerParts } from '../parts.ts'
import { openFiles } from './container-files.ts'
import { RootView } from './root-view.ts'

/** Files that one can walk by path: a container's, running or not, or a volume's. */
export interface FileTree {
  /** As messages call their owner: `container web`, `volume data`. */
  readonly owner: string
  /** @throws EngineError `not-found`, `conflict` while the owner is being removed */
  open(): Promise<OpenTree>
}

export interface OpenTree extends AsyncDisposable {
  readonly view: RootView
}

/** @param reference how the client calls the container @throws EngineError `not-found` */
export function containerTree(parts: ContainerParts, reference: string): FileTree {
  const container = parts.store.get(reference)
  return { owner: `container ${reference}`, open: () => openFiles(parts, container) }
}

/** @throws EngineError `not-found` */
export function volumeTree(volumes: Volumes, name: string): FileTree {
  volumes.get(name)
  return {
    owner: `volume ${name}`,
    async open() {
      await using undo = new AsyncDisposableStack()
      const { path } = undo.use(await volumes.hold(name))
      const view = undo.use(await RootView.open(path))
      const kept = undo.move()
      return { view, [Symbol.asyncDispose]: () => kept.disposeAsync() }
    },
  }
}
