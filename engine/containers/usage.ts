import { isRunning } from './state.ts'
import type { ContainerStore } from './store.ts'

/** Who uses what, for the rooms that must not remove what is in use. */
export interface ContainerUsage {
  readonly images: { containersUsing(imageId: string): readonly { id: string; isRunning: boolean }[] }
  /** A container that is being removed has let go of its volumes. */
  readonly volumes: { containersUsing(volume: string): readonly string[] }
}

export function containerUsage(store: ContainerStore): ContainerUsage {
  return {
    images: {
      containersUsing: (imageId) =>
        store
          .all()
          .filter((container) => container.spec.imageId === imageId)
          .map((container) => ({ id: container.id, isRunning: isRunning(container.state) })),
    },
    volumes: {
      containersUsing: (volume) =>
        store
          .all()
          .filter(({ spec, state }) => state.status !== 'removing' && spec.mounts.some((mount) => mount.name === volume))
          .map((container) => container.id),
    },
  }
}
