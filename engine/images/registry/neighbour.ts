import type { Digest } from '../digest.ts'

/** A repository at a registry, as clients name both: `localhost:5000`, `team/web`. */
export interface Place {
  readonly host: string
  readonly repository: string
}

/**
 * A registry whose storage lies beside the content store: a blob goes from the one to the other as a second name of the same
 * file. Whoever is told no has to send it, or fetch it, as with any other registry.
 */
export interface BlobNeighbour {
  /** Whether it is the registry of that name, as far as names tell. */
  isAt(place: Place): boolean
  /** Makes a file of the content store a blob of the repository. @returns false when it is not there, or cannot be shared */
  give(place: Place, digest: Digest, path: string): Promise<boolean>
  /** @returns the file of a blob of the repository; undefined when it is not there */
  lend(place: Place, digest: Digest): Promise<string | undefined>
}
