import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type FileChange, overlayChanges } from '../linux/overlay-changes.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { holdRootfs, withImageRoot } from './rootfs.ts'

/**
 * What a container changed in its image's files, sorted by path.
 * @throws EngineError `conflict` when it is being removed
 * @see Engine API 1.51 ContainerChanges
 */
export async function containerChanges(parts: ContainerParts, container: Container): Promise<FileChange[]> {
  await using merged = await holdRootfs(parts, container)
  // Not in the container's own folder: it may be removed meanwhile.
  const target = join(parts.paths.root, `image-${randomUUID()}`)
  return await withImageRoot(parts, parts.images.get(container.spec.imageId), target, (lower) =>
    overlayChanges({ upper: parts.paths.upper(container.id), merged: merged.path, lower }),
  )
}
