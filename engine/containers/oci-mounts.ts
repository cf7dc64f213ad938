import type { OciMount } from '../linux/oci.ts'
import { cleanPath, toOciMount } from '../volumes/mount.ts'
import { tmpfsOptions } from '../volumes/tmpfs-options.ts'
import type { Container } from './container.ts'
import type { SpecInputs } from './oci-spec.ts'
import { parseSecurityOptions } from './security-options.ts'
import { DEFAULT_SHM_BYTES } from './shared-memory.ts'

/**
 * Everything mounted into a container, parents before children: kernel file systems, the files the engine writes
 * (hosts, resolv.conf, hostname), volumes, tmpfs.
 */
export function mountsFor(container: Container, inputs: SpecInputs): OciMount[] {
  const { hostConfig, mounts } = container.spec
  const tmpfsAt = new Set(Object.keys(hostConfig.Tmpfs ?? {}).map(cleanPath))
  // What another container gave, or the image declared, is the container's all the same.
  const seen = mounts.filter(({ destination }) => !tmpfsAt.has(destination))
  const own = [
    ...engineFiles(inputs),
    ...seen.map((mount) => toOciMount({ ...mount, source: inputs.sourceOf(mount) }, inputs.hasRecursiveReadOnly)),
    ...tmpfsMounts(hostConfig.Tmpfs ?? {}),
  ]
  const taken = new Set(own.map((mount) => mount.destination))
  const hidesDev = taken.has('/dev')
  const kernel = kernelMounts(container, inputs).filter(({ destination }) => !taken.has(destination) && !(hidesDev && destination.startsWith('/dev/')))
  return [...kernel, ...own.sort((a, b) => depth(a.destination) - depth(b.destination))]
}

function depth(path: string): number {
  return path.split('/').filter(Boolean).length
}

function kernelMounts(container: Container, inputs: SpecInputs): OciMount[] {
  const { hostConfig } = container.spec
  const access = hostConfig.Privileged ? 'rw' : 'ro'
  const mayWriteCgroups = parseSecurityOptions(hostConfig.SecurityOpt).writableCgroups ?? hostConfig.Privileged ?? false
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
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [mayWriteCgroups ? 'rw' : 'ro', 'nosuid', 'noexec', 'nodev'] },
    ...(inputs.ipc.kind === 'host'
      ? [{ destination: '/dev/mqueue', type: 'bind', source: '/dev/mqueue', options: ['rbind', 'nosuid', 'noexec', 'nodev'] }]
      : [{ destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] }]),
    ...(hostConfig.IpcMode === 'none' ? [] : [shmMount(container, inputs)]),
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

function tmpfsMounts(tmpfs: Readonly<Record<string, string>>): OciMount[] {
  return Object.entries(tmpfs).map(([destination, options]) => ({ destination, type: 'tmpfs', source: 'tmpfs', options: tmpfsOptions(options) }))
}
