import type { Digest } from '../digest.ts'
import type { Images } from '../images.ts'
import { chainIds } from '../layers.ts'
import type { Reference } from '../reference.ts'

/** A token is asked for all of them: more would make its address too long. */
const MOST_NEIGHBOURS = 16

/** Other repositories of the registry that are known to have images of ours: their layers need not be sent again. */
export function neighbours(images: Images, { domain, path }: Reference): string[] {
  const known = images.all().flatMap((image) => images.namesOf(image.id).filter((name) => name.digest !== undefined && name.domain === domain))
  return [...new Set(known.map((name) => name.path))].filter((one) => one !== path).slice(0, MOST_NEIGHBOURS)
}

/** Those of some repositories of a registry whose images, as far as we know them, have this blob. */
export function holdersOf(images: Images, domain: string, repositories: readonly string[], digest: Digest): string[] {
  const holders = images.all().filter((image) => chainIds(image.diffIds).some((chainId) => images.layers.find(chainId)?.blob === digest))
  const paths = new Set(
    holders.flatMap((image) => images.namesOf(image.id).flatMap((name) => (name.digest !== undefined && name.domain === domain ? [name.path] : []))),
  )
  return repositories.filter((one) => paths.has(one))
}
