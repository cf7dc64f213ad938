import { EngineError } from '../errors.ts'

/** What a container may do by default. @see docker run reference, "Runtime privilege and Linux capabilities" */
// biome-ignore format: a table
const DEFAULT = [
  'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FSETID', 'CAP_FOWNER', 'CAP_MKNOD', 'CAP_NET_RAW', 'CAP_SETGID', 'CAP_SETUID', 'CAP_SETFCAP',
  'CAP_SETPCAP', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_CHROOT', 'CAP_KILL', 'CAP_AUDIT_WRITE',
]

/** Every capability by its number. @see capabilities(7) */
// biome-ignore format: a table
const ALL = [
  'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_SETGID', 'CAP_SETUID', 'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE', 'CAP_NET_BIND_SERVICE', 'CAP_NET_BROADCAST', 'CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_IPC_LOCK', 'CAP_IPC_OWNER',
  'CAP_SYS_MODULE', 'CAP_SYS_RAWIO', 'CAP_SYS_CHROOT', 'CAP_SYS_PTRACE', 'CAP_SYS_PACCT', 'CAP_SYS_ADMIN', 'CAP_SYS_BOOT', 'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE', 'CAP_SYS_TIME', 'CAP_SYS_TTY_CONFIG', 'CAP_MKNOD', 'CAP_LEASE', 'CAP_AUDIT_WRITE', 'CAP_AUDIT_CONTROL', 'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE', 'CAP_MAC_ADMIN', 'CAP_SYSLOG', 'CAP_WAKE_ALARM', 'CAP_BLOCK_SUSPEND', 'CAP_AUDIT_READ', 'CAP_PERFMON', 'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
]

export interface CapabilityRequest {
  readonly isPrivileged: boolean
  readonly add: readonly string[]
  readonly drop: readonly string[]
}

/**
 * The capabilities of a container's process, in the kernel's order.
 * @param available what the daemon itself holds, as a bit set: nobody can hand on more
 * @throws EngineError `invalid` for a name that does not exist
 */
export function capabilitiesFor(request: CapabilityRequest, available: bigint): string[] {
  const held = ALL.filter((_, bit) => (available >> BigInt(bit)) & 1n)
  const add = request.add.map((name) => known(name, 'CapAdd'))
  const drop = request.drop.map((name) => known(name, 'CapDrop'))
  if (request.isPrivileged) return held
  const wanted = wantedFrom(add, drop)
  return held.filter((name) => wanted.includes(name))
}

/** In docker's order of importance: what is added wins over what is dropped, unless everything is added. */
function wantedFrom(add: readonly string[], drop: readonly string[]): readonly string[] {
  if (add.includes('ALL')) return ALL.filter((name) => !drop.includes(name))
  if (drop.includes('ALL')) return add
  return [...DEFAULT.filter((name) => !drop.includes(name)), ...add]
}

function known(name: string, field: string): string {
  const upper = name.toUpperCase()
  if (upper === 'ALL') return upper
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`
  if (!ALL.includes(full)) throw new EngineError('invalid', `invalid ${field}: unknown capability: "${full}"`)
  return full
}
