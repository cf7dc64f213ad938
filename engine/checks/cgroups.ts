import type { CgroupFeatures } from '../linux/cgroup-features.ts'
import type { HostFacts } from '../linux/facts.ts'
import { type Check, fine } from './check.ts'

/** Flags of `docker run` by what the kernel must have for them. */
const FLAGS: readonly (readonly [feature: keyof CgroupFeatures, flag: string])[] = [
  ['memory', '--memory'],
  ['swap', '--memory-swap'],
  ['cpuQuota', '--cpus'],
  ['cpuShares', '--cpu-shares'],
  ['cpuset', '--cpuset-cpus'],
  ['pids', '--pids-limit'],
]

/** Whether the limits that people set are kept. */
export function checkCgroups({ cgroup, cgroupVersion }: Pick<HostFacts, 'cgroup' | 'cgroupVersion'>): Check {
  const named = { id: 'cgroups', title: 'Limits (cgroups)' }
  const missing = FLAGS.filter(([feature]) => !cgroup[feature]).map(([, flag]) => flag)
  if (missing.length === 0) return { ...named, ...fine(`cgroup v${cgroupVersion} keeps limits of memory, processors and processes.`) }
  return {
    ...named,
    state: 'warn',
    detail: `cgroup v${cgroupVersion} of this kernel does not keep ${missing.join(', ')}.`,
    fix: 'Start the kernel with cgroup_enable=memory swapaccount=1 (Debian: GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub and a reboot).',
  }
}
