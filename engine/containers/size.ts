import { directorySize } from '../linux/directory-size.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'

/** @returns bytes that the container itself has written, and bytes of all that it sees: its image's and its own */
export async function containerSize(parts: Pick<ContainerParts, 'paths' | 'images'>, container: Container): Promise<{ ownBytes: number; totalBytes: number }> {
  const ownBytes = await directorySize(parts.paths.upper(container.id))
  return { ownBytes, totalBytes: ownBytes + parts.images.sizeOf(parts.images.get(container.spec.imageId)) }
}
