import { EngineError } from '../errors.ts'
import { goBoolean } from '../json/go-values.ts'

/** What `--security-opt` says, taken apart. SELinux labels are taken and say nothing: as dockerd without `--selinux-enabled`. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean
  /** `unconfined`, `builtin`, or a profile as JSON; undefined for docker's own. */
  readonly seccomp: string | undefined
  /** Undefined where nobody chose one. */
  readonly apparmor: string | undefined
  /** Whether the container may write to its cgroups; undefined leaves it to `--privileged`. */
  readonly writableCgroups: boolean | undefined
}

/**
 * Later options win.
 * @throws EngineError `system` (sic: dockerd answers 500) for what it does not know
 * @see docker run, --security-opt
 */
export function parseSecurityOptions(options: readonly string[] | undefined): SecurityOptions {
  let parsed: SecurityOptions = { noNewPrivileges: false, seccomp: undefined, apparmor: undefined, writableCgroups: undefined }
  for (const option of options ?? []) parsed = { ...parsed, ...parseOption(option) }
  return parsed
}

function parseOption(option: string): Partial<SecurityOptions> {
  if (option === 'no-new-privileges') return { noNewPrivileges: true }
  if (option === 'disable') return {}
  // A colon separated once; docker still takes it where there is no equals sign.
  const cut = option.includes('=') ? option.indexOf('=') : option.indexOf(':')
  if (cut < 0) throw new EngineError('system', `invalid --security-opt 1: ${JSON.stringify(option)}`)
  const value = option.slice(cut + 1)
  switch (option.slice(0, cut)) {
    case 'label':
      return {}
    case 'apparmor':
      return { apparmor: value }
    case 'seccomp':
      return { seccomp: value }
    case 'no-new-privileges':
      return { noNewPrivileges: flag(option, value) }
    case 'writable-cgroups':
      return { writableCgroups: flag(option, value) }
    default:
      throw unknown(option)
  }
}

function flag(option: string, value: string): boolean {
  const parsed = goBoolean(value)
  if (parsed === undefined) throw unknown(option)
  return parsed
}

function unknown(option: string): EngineError {
  return new EngineError('system', `invalid --security-opt 2: ${JSON.stringify(option)}`)
}
