import { EngineError } from '../../errors.ts'
import defaultProfile from './default-profile.json' with { type: 'json' }

interface Rule {
  readonly names: readonly string[]
  readonly action: string
  readonly errno?: number
  readonly args?: readonly unknown[]
  readonly architectures?: readonly string[]
  readonly withCapabilities?: readonly string[]
  readonly withoutCapabilities?: readonly string[]
}

const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
}

/** As docker's profiles call this machine. */
const GO_ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

const EPERM = 1

/**
 * The default system call filter for a process with these capabilities: an allow-list in the spirit of docker's,
 * where what needs a capability is open only to those who have it.
 * @see OCI runtime-spec config-linux.md, Seccomp
 */
export function defaultSeccomp(capabilities: readonly string[]): unknown {
  const has = (name: string) => capabilities.includes(name)
  const rules: readonly Rule[] = defaultProfile.rules
  const syscalls = rules
    .filter((rule) => rule.architectures?.includes(process.arch) ?? true)
    .filter((rule) => rule.withCapabilities?.some(has) ?? true)
    .filter((rule) => !rule.withoutCapabilities?.some(has))
    .map((rule) => ({
      names: rule.names,
      ...(rule.action === 'allow' ? { action: 'SCMP_ACT_ALLOW' } : { action: 'SCMP_ACT_ERRNO', errnoRet: rule.errno ?? EPERM }),
      ...(rule.args && { args: rule.args }),
    }))
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: defaultProfile.defaultErrno,
    architectures: ARCHITECTURES[process.arch] ?? [],
    syscalls,
  }
}

/**
 * A profile of the user's own (`--security-opt seccomp=<json>`), in docker's format.
 * @throws EngineError `system` (sic: dockerd answers 500) when it is not JSON of that format
 */
export function customSeccomp(json: string, capabilities: readonly string[]): unknown {
  let profile: unknown
  try {
    profile = JSON.parse(json)
  } catch (cause) {
    throw new EngineError('system', `Decoding seccomp profile failed: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  if (!isDockerProfile(profile)) throw new EngineError('system', 'Decoding seccomp profile failed: defaultAction and syscalls are required')
  return {
    defaultAction: profile.defaultAction,
    defaultErrnoRet: profile.defaultErrnoRet,
    architectures: profile.architectures ?? ARCHITECTURES[process.arch] ?? [],
    syscalls: profile.syscalls
      .filter((rule) => appliesHere(rule, capabilities))
      .map(({ names, name, action, args, errnoRet }) => ({ names: names ?? [name], action, args: args ?? [], errnoRet })),
  }
}

/** Whether a rule is meant for this machine and for a process with these capabilities. Every kernel that runs us is new enough for a `minKernel`. */
function appliesHere({ includes, excludes }: DockerRule, capabilities: readonly string[]): boolean {
  const has = (name: string) => capabilities.includes(name)
  const isThis = (architecture: string) => architecture === GO_ARCHITECTURE[process.arch]
  const isIncluded = (includes?.caps?.every(has) ?? true) && (!includes?.arches?.length || includes.arches.some(isThis))
  return isIncluded && !excludes?.caps?.some(has) && !excludes?.arches?.some(isThis)
}

interface DockerRule {
  readonly names?: readonly string[]
  readonly name?: string
  readonly action: string
  readonly args?: readonly unknown[]
  readonly errnoRet?: number
  readonly includes?: RuleScope
  readonly excludes?: RuleScope
}

interface RuleScope {
  readonly caps?: readonly string[]
  readonly arches?: readonly string[]
}

interface DockerProfile {
  readonly defaultAction: string
  readonly defaultErrnoRet?: number
  readonly architectures?: readonly string[]
  readonly syscalls: readonly DockerRule[]
}

function isDockerProfile(value: unknown): value is DockerProfile {
  return typeof value === 'object' && value !== null && 'defaultAction' in value && 'syscalls' in value && Array.isArray(value.syscalls)
}
