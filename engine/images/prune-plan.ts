import { directorySize } from '../linux/directory-size.ts'
import type { Digest } from './digest.ts'
import type { Image } from './image.ts'
import type { Images } from './images.ts'
import { chainIds } from './layers.ts'

/** Images that can go together, children before parents, and what goes with them. */
export interface ImagePrunePlan {
  readonly images: readonly Image[]
  readonly layerBytes: number
  readonly blobBytes: number
}

/**
 * The images that `isWanted` accepts and that nobody needs: no container but those that `isGone` accepts, no image that
 * stays, and no work under way. Bytes are those of layers and blobs that no other image holds,
 * and that the local registry does not have as well.
 */
export async function planImages(images: Images, isWanted: (image: Image) => boolean, isGone: (containerId: string) => boolean): Promise<ImagePrunePlan> {
  const planned = new Set<Image>()
  const candidates = images.all().filter((image) => isWanted(image) && !images.isKept(image.id) && images.usersOf(image.id).every(({ id }) => isGone(id)))
  for (let before = -1; before < planned.size; ) {
    before = planned.size
    for (const image of candidates) if (images.childrenOf(image.id).every((child) => planned.has(child))) planned.add(image)
  }
  return { images: [...planned], ...(await sizesOf(images, planned)) }
}

async function sizesOf(images: Images, going: ReadonlySet<Image>): Promise<{ layerBytes: number; blobBytes: number }> {
  const staying = images.all().filter((image) => !going.has(image))
  const held = new Set(staying.flatMap(({ diffIds }) => chainIds(diffIds)))
  const layers = [...new Set([...going].flatMap(({ diffIds }) => chainIds(diffIds)))].filter((chainId) => !held.has(chainId))
  const needed = new Set<string>([...staying.map(({ id }) => id), ...[...held].map((chainId) => images.layers.get(chainId).blob)])
  const blobs = new Set<string>([...[...going].map(({ id }) => id), ...layers.map((chainId) => images.layers.get(chainId).blob)])
  let layerBytes = 0
  let blobBytes = 0
  for (const chainId of layers) layerBytes += await directorySize(images.layers.folder(chainId))
  for (const digest of blobs) if (!needed.has(digest)) blobBytes += await images.blobs.removableBytes(digest as Digest)
  return { layerBytes, blobBytes }
}

/** Whether no tag leads to it. */
export function isDangling(images: Images, image: Image): boolean {
  return images.namesOf(image.id).every(({ tag }) => tag === undefined)
}
