import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BootableDebian, makeBootableDebian } from '../../harness/bootable-debian.ts'

/** What docker.io needs of Debian's smallest system, and nothing beyond. */
const PACKAGES = ['docker.io', 'iptables', 'ca-certificates']

const DISK_BYTES = 3 * 1024 ** 3

/** Makes what the baseline boots from: Debian, systemd and docker.io. As root, with the internet; takes minutes. @param folder there, and empty */
export function makeBaseline(folder: string): Promise<BootableDebian> {
  const prepare = async (root: string) => {
    await writeFile(join(root, 'etc/hostname'), 'baseline\n')
    await writeFile(join(root, 'etc/default/docker'), 'DOCKER_OPTS="-H tcp://0.0.0.0:2375"\n')
  }
  return makeBootableDebian(folder, { packages: PACKAGES, sizeBytes: DISK_BYTES, prepare })
}
