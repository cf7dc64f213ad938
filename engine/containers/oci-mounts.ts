import type { OciMount } from '../linux/oci.ts'
import { toOciMount } from '../volumes/mount.ts'
import type { Container } from './container.ts'
import type { SpecInputs } from './oci-spec.ts'

const DEFAULT_SHM_BYTES = 64 * 1024 * 1024

/**
 * Everything mounted into a container, parents before children: kernel file systems, the files the engine writes
 * (hosts, resolv.conf, hostname), volumes, tmpfs.
 */
export function mountsFor(container: Container, inputs: SpecInputs): OciMount[] {
  const { hostConfig, mounts } = container.spec
  const own = [...engineFiles(inputs), ...mounts.map(toOciMount), ...tmpfsMounts(hostConfig.Tmpfs ?? {})]
  const taken = new Set(own.map((mount) => mount.destination))
  const kernel = kernelMounts(container, inputs).filter((mount) => !taken.has(mount.destination))
  return [...kernel, ...own.sort((a, b) => depth(a.destination) - depth(b.destination))]
}

function depth(path: string): number {
  return path.split('/').filter(Boolean).length
}

function kernelMounts(container: Container, inputs: SpecInputs): OciMount[] {
  const { hostConfig } = container.spec
  const access = hostConfig.Privileged ? 'rw' : 'ro'
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    ...(inputs.network.kind === 'host'
      ? [{ destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', access] }]
      : [{ destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', access] }]),
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [access, 'nosuid', 'noexec', 'nodev'] },
    ...(inputs.ipc.kind === 'host'
      ? [{ destination: '/dev/mqueue', type: 'bind', source: '/dev/mqueue', options: ['rbind', 'nosuid', 'noexec', 'nodev'] }]
      : [{ destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] }]),
    shmMount(container, inputs),
    ...(inputs.initPath ? [{ destination: '/sbin/docker-init', type: 'bind', source: inputs.initPath, options: ['bind', 'ro'] }] : []),
  ]
}

function shmMount(container: Container, inputs: SpecInputs): OciMount {
  if (inputs.shmPath) return { destination: '/dev/shm', type: 'bind', source: inputs.shmPath, options: ['rbind', 'nosuid', 'noexec', 'nodev'] }
  const size = container.spec.hostConfig.ShmSize || DEFAULT_SHM_BYTES
  return { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${size}`] }
}

function engineFiles(inputs: SpecInputs): OciMount[] {
  if (!inputs.hostFiles) return []
  const { hosts, resolvConf, hostname } = inputs.hostFiles
  const bind = (destination: string, source: string) => ({ destination, type: 'bind', source, options: ['rbind', 'rprivate'] })
  return [bind('/etc/resolv.conf', resolvConf), bind('/etc/hostname', hostname), bind('/etc/hosts', hosts)]
}

/** `--tmpfs /run:size=64m,noexec`; docker's defaults come first, so that the user's win. */
function tmpfsMounts(tmpfs: Readonly<Record<string, string>>): OciMount[] {
  return Object.entries(tmpfs).map(([destination, options]) => ({
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['noexec', 'nosuid', 'nodev', ...options.split(',').filter(Boolean)],
  }))
}
