import type { ContainerParts } from '../containers/parts.ts'
import type { BuildCaches } from './build-caches.ts'
import type { StepsUnderWay } from './steps-under-way.ts'

/** Everything that a build works with; built once in the composition root. */
export interface BuildParts {
  readonly containers: ContainerParts
  /** Folder for contexts and layers in the making; what is in it belongs to running builds alone. */
  readonly root: string
  readonly caches: BuildCaches
  readonly steps: StepsUnderWay
  /** Folder for what is remembered of builds that are over. */
  readonly historyRoot: string
}
