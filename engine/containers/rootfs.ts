import { mkdir, rm } from 'node:fs/promises'
import { EngineError } from '../errors.ts'
import type { Image } from '../images/image.ts'
import { makeOverlayFolders, mountOverlay, mountReadOnly, mountsBelow, type Overlay, unmount, unmountOverlay } from '../linux/overlay.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { isGoing, isLive } from './state.ts'

/** The overlay of a container: its image's layers below, its own upper directory above. */
export function overlayOf(parts: Pick<ContainerParts, 'images' | 'paths'>, container: Container): Overlay {
  const image = parts.images.get(container.spec.imageId)
  const { id } = container
  return { lower: parts.images.lowerDirs(image), upper: parts.paths.upper(id), work: parts.paths.work(id), merged: parts.paths.merged(id) }
}

/** Mounts the container's root, unless a copy has it mounted already. The caller holds the container's lock. */
export async function mountRootfs(parts: Pick<ContainerParts, 'images' | 'paths'>, container: Container): Promise<void> {
  if (container.rootHolds > 0) return
  const overlay = overlayOf(parts, container)
  await makeOverlayFolders(overlay)
  await mountOverlay(overlay, parts.images.layersRoot)
  for (const { imageId, source } of imageMounts(container)) await mountImage(parts, parts.images.layerFolders(parts.images.get(imageId)), source)
}

/** What is mounted in it of other images; it comes and goes with the root. */
function imageMounts({ spec }: Container): { imageId: string; source: string }[] {
  return spec.mounts.flatMap(({ imageId, source }) => (imageId === undefined ? [] : [{ imageId, source }]))
}

/** Mounts the files of an image read-only; one without any is an empty folder. */
async function mountImage(parts: Pick<ContainerParts, 'images'>, lower: readonly string[], target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 })
  if (lower.length > 0) await mountReadOnly({ lower, merged: target }, parts.images.layersRoot)
}

/** Unmounts the container's root, unless a copy needs it: the last one does it then. A removal does not wait for copies. */
export async function unmountRootfs(parts: Pick<ContainerParts, 'paths' | 'store'>, id: string): Promise<void> {
  const container = parts.store.find(id)
  if (container && container.rootHolds > 0 && !isGoing(container.state)) return
  await Promise.all([unmountOverlay(parts.paths.merged(id)), ...(container ? imageMounts(container) : []).map(({ source }) => unmount(source))])
}

/** A container's root, mounted at `path` for as long as the hold lasts. */
export interface RootfsHold extends AsyncDisposable {
  readonly path: string
}

/**
 * Mounts a container's root for a copy, or shares the mount of its process and of other copies: two overlays with one
 * upper layer would not see each other's files. The container can start, stop and be removed meanwhile.
 * @throws EngineError `conflict` when the container is being removed
 */
export async function holdRootfs(parts: ContainerParts, container: Container): Promise<RootfsHold> {
  await container.lock.run(async () => {
    if (isGoing(container.state)) throw new EngineError('conflict', `container ${container.id} is marked for removal`)
    if (!isLive(container.state)) await mountRootfs(parts, container)
    container.rootHolds++
  })
  return {
    path: parts.paths.merged(container.id),
    [Symbol.asyncDispose]: () =>
      container.lock.run(async () => {
        container.rootHolds--
        if (!isLive(container.state)) await unmountRootfs(parts, container.id)
      }),
  }
}

/**
 * Gives `use` a read-only view of an image's files, mounted at `target` for as long as it takes.
 * @param lower without it, the view is a container's: with the mount points that each has
 */
export async function withImageRoot<T>(
  parts: Pick<ContainerParts, 'images'>,
  image: Image,
  target: string,
  use: (root: string) => Promise<T>,
  lower: readonly string[] = parts.images.lowerDirs(image),
): Promise<T> {
  await mountImage(parts, lower, target)
  try {
    return await use(target)
  } finally {
    if (lower.length > 0) await unmount(target)
    await rm(target, { recursive: true, force: true })
  }
}

/** Mounts below the containers folder whose container is not running: what a crash left. */
export async function staleMounts(parts: ContainerParts): Promise<string[]> {
  const live = new Set(
    parts.store
      .all()
      .filter((one) => isLive(one.state))
      .flatMap((one) => [parts.paths.merged(one.id), parts.paths.shm(one.id), ...imageMounts(one).map(({ source }) => source)]),
  )
  return (await mountsBelow(parts.paths.root)).filter((path) => !live.has(path))
}
