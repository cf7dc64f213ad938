/** The parts of the Engine API's answers that our commands read. @see Engine API 1.51 */

export interface PortSummary {
  readonly IP?: string
  readonly PrivatePort: number
  readonly PublicPort?: number
  readonly Type: string
}

/** @see Engine API 1.51 ContainerSummary */
export interface ContainerSummary {
  readonly Id: string
  readonly Names: readonly string[]
  readonly Image: string
  readonly ImageID: string
  readonly Command: string
  readonly Created: number
  readonly Ports: readonly PortSummary[]
  readonly Labels: Readonly<Record<string, string>> | null
  readonly State: string
  readonly Status: string
  readonly SizeRw?: number
  readonly SizeRootFs?: number
  readonly Mounts: readonly { readonly Name?: string; readonly Source: string; readonly Driver?: string }[]
  readonly NetworkSettings?: { readonly Networks: Readonly<Record<string, unknown>> | null }
}

/** @see Engine API 1.51 ContainerInspect */
export interface ContainerInspect {
  readonly Id: string
  readonly State: { readonly Running: boolean; readonly Paused: boolean; readonly Restarting: boolean }
  readonly Config: { readonly Tty: boolean; readonly OpenStdin: boolean }
  readonly HostConfig: { readonly AutoRemove: boolean }
}

/** @see Engine API 1.51 ImageSummary */
export interface ImageSummary {
  readonly Id: string
  readonly RepoTags: readonly string[] | null
  readonly RepoDigests: readonly string[] | null
  readonly Created: number
  readonly Size: number
  readonly SharedSize: number
  readonly Containers: number
}

/** @see Engine API 1.51 Volume */
export interface VolumeSummary {
  readonly Name: string
  readonly Driver: string
  readonly Scope: string
  readonly Mountpoint: string
  readonly Labels: Readonly<Record<string, string>> | null
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null
}

/** @see Engine API 1.51 ImageSearch */
export interface SearchResult {
  readonly name: string
  readonly description: string
  readonly star_count: number
  readonly is_official: boolean
}

/** @see Engine API 1.51 ContainerWait */
export interface WaitAnswer {
  readonly StatusCode: number
  readonly Error?: { readonly Message: string } | null
}
