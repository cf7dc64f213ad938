import type { BuildCaches } from '../build/build-caches.ts'
import type { ContainerParts } from '../containers/parts.ts'

/** What the room works with; built once in the composition root. */
export interface DataRootParts {
  readonly path: string
  readonly containers: ContainerParts
  readonly caches: BuildCaches
}
