import type { VolumeUsage } from '../volumes/volumes.ts'
import type { Container } from './container.ts'
import { isLive, isRunning } from './state.ts'
import type { ContainerStore } from './store.ts'

/** Who uses what, for the rooms that must not remove what is in use. */
export interface ContainerUsage {
  readonly images: { containersUsing(imageId: string): readonly { id: string; isRunning: boolean }[] }
  /** A container that is being removed has let go of its volumes. */
  readonly volumes: VolumeUsage
}

export function containerUsage(store: ContainerStore): ContainerUsage {
  return {
    images: {
      containersUsing: (imageId) =>
        store
          .all()
          .filter(({ spec }) => spec.imageId === imageId || spec.mounts.some((mount) => mount.imageId === imageId))
          .map((container) => ({ id: container.id, isRunning: isRunning(container.state) })),
    },
    volumes: {
      containersUsing: (volume) =>
        store
          .all()
          .filter((container) => container.state.status !== 'removing' && has(container, volume))
          .map((container) => container.id),
      containersRunningWith: (volume) =>
        store
          .all()
          .filter((container) => isLive(container.state) && has(container, volume))
          .map((container) => container.id),
    },
  }
}

function has(container: Container, volume: string): boolean {
  return container.spec.mounts.some((mount) => mount.type === 'volume' && mount.name === volume)
}
