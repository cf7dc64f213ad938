/** The part of the OCI runtime specification that we write. @see OCI runtime-spec v1.0.2 config.md, config-linux.md */
export interface OciSpec {
  readonly ociVersion: string
  readonly process: OciProcess
  readonly root: { readonly path: string; readonly readonly: boolean }
  readonly hostname?: string
  readonly mounts: readonly OciMount[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly linux: OciLinux
}

export interface OciProcess {
  readonly terminal: boolean
  readonly consoleSize?: { readonly height: number; readonly width: number }
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids?: readonly number[]; readonly umask?: number }
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly cwd: string
  readonly capabilities?: Readonly<Record<'bounding' | 'effective' | 'permitted' | 'inheritable' | 'ambient', readonly string[]>>
  readonly rlimits?: readonly { readonly type: string; readonly hard: number; readonly soft: number }[]
  readonly noNewPrivileges?: boolean
  readonly oomScoreAdj?: number
  readonly apparmorProfile?: string
}

export interface OciMount {
  readonly destination: string
  readonly type?: string
  readonly source?: string
  readonly options?: readonly string[]
}

export interface OciNamespace {
  readonly type: 'pid' | 'network' | 'ipc' | 'uts' | 'mount' | 'cgroup' | 'user'
  readonly path?: string
}

/** Where a namespace comes from: made for this container, the host's, or another container's. */
export type NamespaceSource = { readonly kind: 'own' } | { readonly kind: 'host' } | { readonly kind: 'path'; readonly path: string }

export interface OciDevice {
  readonly type: string
  readonly path: string
  readonly major: number
  readonly minor: number
  readonly fileMode?: number
  readonly uid?: number
  readonly gid?: number
}

export interface OciDeviceRule {
  readonly allow: boolean
  readonly type?: string
  readonly major?: number
  readonly minor?: number
  readonly access?: string
}

export interface OciResources {
  readonly devices?: readonly OciDeviceRule[]
  readonly memory?: {
    readonly limit?: number
    readonly reservation?: number
    readonly swap?: number
    readonly swappiness?: number
    readonly disableOOMKiller?: boolean
  }
  readonly cpu?: {
    readonly shares?: number
    readonly quota?: number
    readonly period?: number
    readonly realtimeRuntime?: number
    readonly realtimePeriod?: number
    readonly cpus?: string
    readonly mems?: string
  }
  readonly pids?: { readonly limit: number }
  readonly blockIO?: Readonly<Record<string, unknown>>
}

export interface OciLinux {
  readonly namespaces: readonly OciNamespace[]
  readonly cgroupsPath: string
  readonly resources: OciResources
  readonly devices?: readonly OciDevice[]
  readonly seccomp?: unknown
  readonly maskedPaths?: readonly string[]
  readonly readonlyPaths?: readonly string[]
  readonly sysctl?: Readonly<Record<string, string>>
  readonly rootfsPropagation?: string
}
