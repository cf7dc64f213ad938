import type { Image } from '../images/image.ts'
import type { Images } from '../images/images.ts'

/**
 * The newest image that the same step made from the same parent. The images are the cache: each says in its history
 * what made it, and `createdBy` holds everything that decides the result (arguments, digests of files).
 */
export function findCached(images: Images, parent: Image | undefined, createdBy: string): Image | undefined {
  const siblings = parent ? images.childrenOf(parent.id) : images.all().filter((image) => image.parent === undefined && image.history.length === 1)
  return siblings.filter((image) => image.history.at(-1)?.created_by === createdBy).sort((a, b) => Date.parse(b.created ?? '') - Date.parse(a.created ?? ''))[0]
}
