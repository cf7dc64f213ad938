import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { canLoadProfiles, hasAppArmor } from './apparmor.ts'
import { type CgroupFeatures, type CpusetLists, readCgroupFeatures, readCpusetLists } from './cgroup-features.ts'
import { type CgroupVersion, cgroupHierarchies, cgroupVersion } from './cgroups.ts'

/** What this machine and the daemon's own privileges allow; read once at start. */
export interface HostFacts {
  readonly cgroupVersion: CgroupVersion
  readonly cgroupHierarchies: readonly string[]
  readonly cgroup: CgroupFeatures
  readonly cpuset: CpusetLists
  /** Whether profiles confine processes here. @see apparmor(7) */
  readonly hasAppArmor: boolean
  /** Whether there is a program to load profiles with. @see apparmor_parser(8) */
  readonly canLoadProfiles: boolean
  /** The daemon's effective capabilities, a bit set. @see capabilities(7) */
  readonly capabilities: bigint
  readonly cpuCount: number
  readonly memoryBytes: number
  /** `/proc/sys/kernel/osrelease` */
  readonly kernelVersion: string
  /** `PRETTY_NAME` and `VERSION_ID` of os-release(5). */
  readonly operatingSystem: string
  readonly osVersion: string
}

export function readHostFacts(): HostFacts {
  const osRelease = parseOsRelease()
  const version = cgroupVersion()
  return {
    cgroupVersion: version,
    cgroupHierarchies: cgroupHierarchies(),
    cgroup: readCgroupFeatures(version),
    cpuset: readCpusetLists(version),
    hasAppArmor: hasAppArmor(),
    canLoadProfiles: canLoadProfiles(),
    capabilities: BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`),
    cpuCount: cpus().length,
    memoryBytes: totalmem(),
    kernelVersion: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
    operatingSystem: osRelease.get('PRETTY_NAME') ?? 'Linux',
    osVersion: osRelease.get('VERSION_ID') ?? '',
  }
}

function parseOsRelease(): Map<string, string> {
  const text = readFileSync('/etc/os-release', 'utf8')
  return new Map(text.split('\n').map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1).replace(/^"|"$/g, '')]))
}
