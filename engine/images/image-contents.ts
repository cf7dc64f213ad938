import type { Image } from './image.ts'
import type { Images } from './images.ts'
import { chainIds } from './layers.ts'
import type { StoredLayer } from './media-types.ts'

/** What an image is made of, on its way out: its configuration and its layers, lowest first. All of it is in the store. */
export interface ImageContents {
  readonly config: string
  readonly layers: readonly StoredLayer[]
}

export async function contentsOf(images: Images, image: Image): Promise<ImageContents> {
  return { config: await images.blobs.readText(image.id), layers: chainIds(image.diffIds).map((chainId) => images.layers.get(chainId)) }
}
