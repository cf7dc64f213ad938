import { mkdir, rm } from 'node:fs/promises'
import type { Image } from '../images/image.ts'
import { makeOverlayFolders, mountOverlay, mountReadOnly, mountsBelow, type Overlay, unmount } from '../linux/overlay.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { isLive } from './state.ts'

/** The overlay of a container: its image's layers below, its own upper directory above. */
export function overlayOf(parts: Pick<ContainerParts, 'images' | 'paths'>, container: Container): Overlay {
  const image = parts.images.get(container.spec.imageId)
  const { id } = container
  return { lower: parts.images.lowerDirs(image), upper: parts.paths.upper(id), work: parts.paths.work(id), merged: parts.paths.merged(id) }
}

/** Mounts the container's root. Not reference-counted: the caller holds the container's lock. */
export async function mountRootfs(parts: Pick<ContainerParts, 'images' | 'paths'>, container: Container): Promise<void> {
  const overlay = overlayOf(parts, container)
  await makeOverlayFolders(overlay)
  await mountOverlay(overlay, parts.images.layersRoot)
}

export async function unmountRootfs(parts: Pick<ContainerParts, 'paths'>, id: string): Promise<void> {
  await unmount(parts.paths.merged(id))
}

/**
 * Gives `use` the container's root to read and write: the process's own view while it runs, a mount made for the
 * occasion otherwise.
 */
export async function withRootfs<T>(parts: ContainerParts, container: Container, use: (root: string) => Promise<T>): Promise<T> {
  if (isLive(container.state)) return use(`/proc/${container.state.pid}/root`)
  return container.lock.run(async () => {
    if (isLive(container.state)) return use(`/proc/${container.state.pid}/root`)
    await mountRootfs(parts, container)
    try {
      return await use(parts.paths.merged(container.id))
    } finally {
      await unmountRootfs(parts, container.id)
    }
  })
}

/** Gives `use` a read-only view of an image's files, mounted at `target` for as long as it takes. */
export async function withImageRoot<T>(parts: Pick<ContainerParts, 'images'>, image: Image, target: string, use: (root: string) => Promise<T>): Promise<T> {
  await mkdir(target, { recursive: true, mode: 0o700 })
  const lower = parts.images.lowerDirs(image)
  if (lower.length > 0) await mountReadOnly({ lower, merged: target }, parts.images.layersRoot)
  try {
    return await use(target)
  } finally {
    if (lower.length > 0) await unmount(target)
    await rm(target, { recursive: true, force: true })
  }
}

/** Root mounts below the containers folder whose container is not running: what a crash left. */
export async function staleRootMounts(parts: ContainerParts): Promise<string[]> {
  const live = new Set(
    parts.store
      .all()
      .filter((one) => isLive(one.state))
      .map((one) => parts.paths.merged(one.id)),
  )
  return (await mountsBelow(parts.paths.root)).filter((path) => !live.has(path))
}
