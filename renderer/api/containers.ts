import { chunksOf } from './byte-stream.ts'
import { callEngine, command, fetchJson } from './engine-client.ts'
import { asRecords, type JsonRecord, numberAt, recordAt, recordsAt, textAt, textMapAt, textsAt } from './json.ts'
import { type LogPiece, logPieces } from './log-frames.ts'
import { parseStatus } from './status-text.ts'
import { type Attachment, CONTAINER_STATES, type ContainerRow, type ContainerState, type Port } from './types.ts'

/** All containers, or those of `ids` that are still there. @see Engine API 1.51 ContainerList */
export async function listContainers(ids?: readonly string[], signal?: AbortSignal): Promise<ContainerRow[]> {
  const filters = ids ? JSON.stringify({ id: ids }) : undefined
  const reply = await fetchJson('/containers/json', { query: { all: true, filters }, signal })
  return asRecords(reply).map((one) => parseContainer(one, Date.now()))
}

/** @see Engine API 1.51 ContainerSummary */
export function parseContainer(from: JsonRecord, nowMs: number): ContainerRow {
  const state = CONTAINER_STATES.find((one) => one === textAt(from, 'State')) ?? 'dead'
  const status = parseStatus(textAt(from, 'Status'), nowMs)
  const networks = recordAt(recordAt(from, 'NetworkSettings'), 'Networks')
  return {
    id: textAt(from, 'Id'),
    name: (textsAt(from, 'Names')[0] ?? '').replace(/^\//, ''),
    image: textAt(from, 'Image'),
    imageId: textAt(from, 'ImageID'),
    command: textAt(from, 'Command'),
    createdAtMs: (numberAt(from, 'Created') ?? 0) * 1000,
    state,
    health: status.health,
    exitCode: status.exitCode,
    sinceMs: status.sinceMs,
    ports: recordsAt(from, 'Ports').map(parsePort),
    labels: textMapAt(from, 'Labels'),
    attachments: Object.keys(networks).map((network) => parseAttachment(network, recordAt(networks, network))),
    volumes: recordsAt(from, 'Mounts').flatMap((mount) => (textAt(mount, 'Type') === 'volume' ? [textAt(mount, 'Name')] : [])),
  }
}

function parseAttachment(network: string, from: JsonRecord): Attachment {
  return { network, address: textAt(from, 'IPAddress'), names: textsAt(from, 'DNSNames') }
}

function parsePort(from: JsonRecord): Port {
  return {
    address: textAt(from, 'IP'),
    published: numberAt(from, 'PublicPort'),
    private: numberAt(from, 'PrivatePort') ?? 0,
    protocol: textAt(from, 'Type') || 'tcp',
  }
}

/** The whole answer as the engine gave it. @see Engine API 1.51 ContainerInspect */
export function inspectContainer(id: string, signal: AbortSignal): Promise<unknown> {
  return fetchJson(`/containers/${id}/json`, { signal })
}

export type Verb = 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'remove'

/** Resolves when the engine has done it; removing ends the container first, and leaves its volumes. @throws CallError with docker's words */
export async function actOnContainer(id: string, verb: Verb): Promise<void> {
  if (verb === 'remove') await command('DELETE', `/containers/${id}`, { query: { force: true } })
  else await command('POST', `/containers/${id}/${verb}`, { isRepeatable: true })
}

export interface RunRequest {
  readonly image: string
  /** Empty: the engine thinks of one. */
  readonly name: string
  /** Empty: the image's own. */
  readonly command: readonly string[]
  readonly env: readonly string[]
  readonly ports: readonly { readonly host: string; readonly container: string }[]
  /** As `-v` takes them: `data:/data`, `/home/me/src:/src:ro`, `/scratch`. */
  readonly volumes: readonly string[]
  /** Empty: the engine's `bridge`. */
  readonly network: string
  /** `no`, `always`, `unless-stopped`, `on-failure`. */
  readonly restart: string
  /** 0 for no limit. */
  readonly memoryBytes: number
  readonly removeWhenDone: boolean
}

/** @returns the new container's id. @see Engine API 1.51 ContainerCreate */
export async function createContainer(request: RunRequest): Promise<string> {
  const response = await callEngine('POST', '/containers/create', {
    query: { name: request.name || undefined },
    body: {
      Image: request.image,
      Tty: true,
      OpenStdin: true,
      ...(request.command.length > 0 && { Cmd: request.command }),
      ...(request.env.length > 0 && { Env: request.env }),
      ExposedPorts: Object.fromEntries(request.ports.map((port) => [port.container, {}])),
      // As the docker command: a path alone is an anonymous volume.
      Volumes: Object.fromEntries(request.volumes.filter((one) => !one.includes(':')).map((path) => [path, {}])),
      HostConfig: {
        AutoRemove: request.removeWhenDone,
        Binds: request.volumes.filter((one) => one.includes(':')),
        RestartPolicy: { Name: request.restart },
        Memory: request.memoryBytes,
        ...(request.network !== '' && { NetworkMode: request.network }),
        PortBindings: Object.fromEntries(request.ports.map((port) => [port.container, [{ HostPort: port.host }]])),
      },
    },
  })
  const reply: unknown = await response.json()
  return textAt(asRecords([reply])[0] ?? {}, 'Id')
}

export interface LogRequest {
  readonly id: string
  /** How many of the last lines to begin with. */
  readonly tail: number
  /** RFC 3339 time; only lines from then on. */
  readonly since: string | undefined
  readonly signal: AbortSignal
}

/** Log pieces, each line preceded by its time, until the container ends. @see Engine API 1.51 ContainerLogs */
export async function followLogs({ id, tail, since, signal }: LogRequest): Promise<AsyncGenerator<LogPiece>> {
  const query = { follow: true, stdout: true, stderr: true, timestamps: true, tail, since }
  const response = await callEngine('GET', `/containers/${id}/logs`, { query, signal })
  const isMultiplexed = response.headers.get('content-type')?.includes('multiplexed') ?? true
  return logPieces(chunksOf(response, signal), isMultiplexed)
}

/** States in which a process of the container exists. */
export function isLive(state: ContainerState): boolean {
  return state === 'running' || state === 'paused'
}
