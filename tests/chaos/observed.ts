import type { TestDaemon } from '../harness/daemon.ts'

/** What the daemon says about a container, as far as this test looks. @see Engine API 1.51 ContainerInspect */
export interface Inspected {
  readonly Id: string
  readonly Name: string
  readonly State: {
    readonly Status: string
    readonly Pid: number
    readonly ExitCode: number
    readonly FinishedAt: string
    readonly Health?: { readonly Status: string }
  }
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string }[]
  readonly HostConfig: { readonly NetworkMode: string }
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string; readonly GlobalIPv6Address: string }>>
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>> | null
  }
}

/** Everything the daemon says it has. */
export interface Observed {
  readonly containers: ReadonlyMap<string, Inspected>
  /** Name → where its data lies. */
  readonly volumes: ReadonlyMap<string, string>
  /** Of users: name → id. */
  readonly networks: ReadonlyMap<string, string>
  /** Name with tag → image id. */
  readonly tags: ReadonlyMap<string, string>
}

export async function observe(daemon: TestDaemon): Promise<Observed> {
  const [containers, volumes, networks, images] = await Promise.all([
    get<{ Id: string }[]>(daemon, '/containers/json?all=true'),
    get<{ Volumes: { Name: string; Mountpoint: string }[] | null }>(daemon, '/volumes'),
    get<{ Id: string; Name: string }[]>(daemon, '/networks?filters={"type":["custom"]}'),
    get<{ Id: string; RepoTags: string[] | null }[]>(daemon, '/images/json'),
  ])
  const inspected = await Promise.all(containers.map(({ Id }) => inspect(daemon, Id)))
  return {
    containers: new Map(inspected.flatMap((one) => (one ? [[one.Id, one]] : []))),
    volumes: new Map((volumes.Volumes ?? []).map(({ Name, Mountpoint }) => [Name, Mountpoint])),
    networks: new Map(networks.map(({ Name, Id }) => [Name, Id])),
    tags: new Map(images.flatMap(({ Id, RepoTags }) => (RepoTags ?? []).map((name): [string, string] => [name, Id]))),
  }
}

/** Undefined for one that has gone since it was listed. */
async function inspect(daemon: TestDaemon, id: string): Promise<Inspected | undefined> {
  const answer = await daemon.api('GET', `/containers/${id}/json`)
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`inspect of ${id}: ${answer.status} ${answer.body}`)
  return answer.json<Inspected>()
}

async function get<T>(daemon: TestDaemon, path: string): Promise<T> {
  const answer = await daemon.api('GET', path)
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.body}`)
  return answer.json<T>()
}

/** Has a process, frozen or not. */
export function isLive({ State }: Inspected): boolean {
  return State.Status === 'running' || State.Status === 'paused'
}

export function hostPortsOf({ NetworkSettings }: Inspected): number[] {
  const bindings = Object.values(NetworkSettings.Ports ?? {}).flatMap((list) => list ?? [])
  return [...new Set(bindings.filter(({ HostPort }) => HostPort !== '').map(({ HostPort }) => Number(HostPort)))]
}

/** Whether a port is open at the container's own address, with none of the host's before it. */
export function hasOpenPort({ NetworkSettings }: Inspected): boolean {
  return Object.values(NetworkSettings.Ports ?? {}).some((list) => list?.some(({ HostPort }) => HostPort === '') === true)
}
