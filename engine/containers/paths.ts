import { createHash } from 'node:crypto'
import { join } from 'node:path'

/**
 * Where a container's own files are, below `<data-root>/containers/<id>`: `upper` and `work` (overlay), `merged`
 * (the mount point of its root), the files that the engine writes for it, and its log.
 */
export class ContainerPaths {
  readonly root: string
  /** Cgroups of this daemon's containers are children of this one. */
  readonly cgroupParent: string

  constructor(dataRoot: string, cgroupParent: string) {
    this.root = join(dataRoot, 'containers')
    this.cgroupParent = cgroupParent
  }

  folder(id: string): string {
    return join(this.root, id)
  }

  upper(id: string): string {
    return join(this.root, id, 'upper')
  }

  work(id: string): string {
    return join(this.root, id, 'work')
  }

  merged(id: string): string {
    return join(this.root, id, 'merged')
  }

  /** The /dev/shm of a container that shares it. */
  shm(id: string): string {
    return join(this.root, id, 'shm')
  }

  /** An image of `--mount type=image`, by where the container sees it. */
  imageMount(id: string, destination: string): string {
    return join(this.root, id, 'images', createHash('sha256').update(destination).digest('hex').slice(0, 16))
  }

  /** Parts of volumes and images, while a start mounts them. */
  subpaths(id: string): string {
    return join(this.root, id, 'subpaths')
  }

  /** What is known of its health. */
  health(id: string): string {
    return join(this.root, id, 'health.json')
  }

  log(id: string): string {
    return join(this.root, id, 'container.log')
  }

  /** The names of the anonymous volumes that were made for it, a line each: they are known from its row once it has one. */
  madeVolumes(id: string): string {
    return join(this.root, id, 'made-volumes')
  }

  hosts(id: string): string {
    return join(this.root, id, 'hosts')
  }

  hostname(id: string): string {
    return join(this.root, id, 'hostname')
  }

  resolvConf(id: string): string {
    return join(this.root, id, 'resolv.conf')
  }

  cgroup(id: string, parent: string | undefined): string {
    return parent ? join('/', parent, id) : join(this.cgroupParent, id)
  }
}
