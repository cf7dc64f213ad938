import { fetchJson } from './engine-client.ts'
import { asRecords, isRecord, type JsonRecord, numberAt, recordAt, recordsAt, textAt, textsAt } from './json.ts'

export interface Mount {
  /** `bind`, `volume`, `tmpfs`, `image`. */
  readonly type: string
  /** A volume's name, otherwise a path of the host; empty for memory. */
  readonly source: string
  readonly destination: string
  readonly isWritable: boolean
}

/** What a container was made with, and how its last run went. */
export interface ContainerDetails {
  readonly command: readonly string[]
  readonly user: string
  readonly workingFolder: string
  readonly hostname: string
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly mounts: readonly Mount[]
  readonly networks: readonly { readonly name: string; readonly address: string; readonly aliases: readonly string[] }[]
  /** `no`, `always`, `unless-stopped`, `on-failure`. */
  readonly restartPolicy: string
  /** Of `on-failure`; 0 for no limit. */
  readonly maximumRetries: number
  /** How often the policy has started it again. */
  readonly restartCount: number
  /** 0 for none. */
  readonly memoryLimitBytes: number
  /** Whole cores and parts of them; 0 for no limit. */
  readonly cpus: number
  readonly status: string
  readonly wasOomKilled: boolean
  readonly exitCode: number
  /** Why it could not be started, in the engine's words. */
  readonly error: string
}

/** @see Engine API 1.51 ContainerInspect */
export async function findContainerDetails(id: string, signal: AbortSignal): Promise<ContainerDetails> {
  const reply = await fetchJson(`/containers/${id}/json`, { signal })
  return parseContainerDetails(isRecord(reply) ? reply : {})
}

export function parseContainerDetails(from: JsonRecord): ContainerDetails {
  const config = recordAt(from, 'Config')
  const host = recordAt(from, 'HostConfig')
  const state = recordAt(from, 'State')
  const policy = recordAt(host, 'RestartPolicy')
  const networks = recordAt(recordAt(from, 'NetworkSettings'), 'Networks')
  return {
    command: [textAt(from, 'Path'), ...textsAt(from, 'Args')].filter(Boolean),
    user: textAt(config, 'User'),
    workingFolder: textAt(config, 'WorkingDir'),
    hostname: textAt(config, 'Hostname'),
    env: textsAt(config, 'Env').map(parseVariable),
    mounts: recordsAt(from, 'Mounts').map(parseMount),
    networks: Object.keys(networks).map((name) => {
      const endpoint = recordAt(networks, name)
      return { name, address: textAt(endpoint, 'IPAddress') || textAt(endpoint, 'GlobalIPv6Address'), aliases: textsAt(endpoint, 'DNSNames') }
    }),
    restartPolicy: textAt(policy, 'Name') || 'no',
    maximumRetries: numberAt(policy, 'MaximumRetryCount') ?? 0,
    restartCount: numberAt(from, 'RestartCount') ?? 0,
    memoryLimitBytes: numberAt(host, 'Memory') ?? 0,
    cpus: (numberAt(host, 'NanoCpus') ?? 0) / 1e9,
    status: textAt(state, 'Status'),
    wasOomKilled: state.OOMKilled === true,
    exitCode: numberAt(state, 'ExitCode') ?? 0,
    error: textAt(state, 'Error'),
  }
}

function parseVariable(text: string): { name: string; value: string } {
  const at = text.indexOf('=')
  return at < 0 ? { name: text, value: '' } : { name: text.slice(0, at), value: text.slice(at + 1) }
}

function parseMount(from: JsonRecord): Mount {
  const type = textAt(from, 'Type')
  return { type, source: textAt(from, 'Name') || textAt(from, 'Source'), destination: textAt(from, 'Destination'), isWritable: from.RW !== false }
}

/** The processes of a container as ps(1) tells them: titles, and a row each. */
export interface ProcessTable {
  readonly titles: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const PS_FIELDS = '-o pid,ppid,user,pcpu,rss,etime,args'

/** @throws CallError when it does not run. @see Engine API 1.51 ContainerTop */
export async function listProcesses(id: string, signal: AbortSignal): Promise<ProcessTable> {
  const reply = await fetchJson(`/containers/${id}/top`, { query: { ps_args: PS_FIELDS }, signal })
  const from = isRecord(reply) ? reply : {}
  const rows: unknown[] = Array.isArray(from.Processes) ? from.Processes : []
  return { titles: textsAt(from, 'Titles'), rows: rows.map((row) => textsAt({ row }, 'row')) }
}

export type ChangeKind = 'modified' | 'added' | 'deleted'

export interface FileChange {
  readonly path: string
  readonly kind: ChangeKind
}

const KINDS: readonly ChangeKind[] = ['modified', 'added', 'deleted']

/** How its files differ from those of its image; in volumes nothing counts. @see Engine API 1.51 ContainerChanges */
export async function listChanges(id: string, signal: AbortSignal): Promise<FileChange[]> {
  const reply = await fetchJson(`/containers/${id}/changes`, { signal })
  return asRecords(reply).map((one) => ({ path: textAt(one, 'Path'), kind: KINDS[numberAt(one, 'Kind') ?? 0] ?? 'modified' }))
}
