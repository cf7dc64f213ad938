import type { MountPoint } from '../volumes/mount.ts'
import type { Volumes } from '../volumes/volumes.ts'
import type { ContainerPaths } from './paths.ts'
import type { ContainerStore } from './store.ts'

/** What is mounted from the data directory is found by name: where that directory was when a container was made does not matter. */
export function relocateMounts(store: ContainerStore, volumes: Pick<Volumes, 'mountpoint'>, paths: ContainerPaths): void {
  const sourceOf = (id: string, { type, name, source, destination }: MountPoint): string => {
    if (type === 'image') return paths.imageMount(id, destination)
    return type === 'volume' && name !== undefined ? volumes.mountpoint(name) : source
  }
  for (const { id, spec } of store.all()) spec.mounts = spec.mounts.map((mount) => ({ ...mount, source: sourceOf(id, mount) }))
}
