import type { Container } from '../../containers/container.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { commandText } from '../../containers/process-text.ts'
import { containerSize } from '../../containers/size.ts'
import { exitCodeOf, isLive, isRunning } from '../../containers/state.ts'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import type { Filters } from '../query.ts'
import { humanDuration, unixSeconds } from '../times.ts'
import type { ApiVersion } from '../version.ts'
import { mountView } from './inspect-view.ts'
import { endpointViews, portViews } from './network-view.ts'

const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy']

// biome-ignore format: a table
const FILTER_KEYS = [
  'ancestor', 'before', 'expose', 'exited', 'health', 'id', 'isolation', 'is-task', 'label', 'name', 'network', 'publish', 'since',
  'status', 'volume',
]

/** @see Engine API 1.51 ContainerList */
export async function listHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const filters = call.query.filters().allow(...FILTER_KEYS)
  const limit = call.query.integer('limit') ?? -1
  const considersAll = call.query.flag('all') || limit > 0 || filters.has('status') || filters.has('exited') || filters.has('before') || filters.has('since')
  const candidates = selectContainers(parts, filters).filter((container) => considersAll || isRunning(container.state))
  const chosen = limit > 0 ? candidates.slice(0, limit) : candidates
  const withSize = call.query.flag('size')
  call.json(200, await Promise.all(chosen.map((container) => listView(parts, container, call.version, withSize))))
}

/** Containers that fit, newest first. @throws EngineError `invalid` for an unknown state, `not-found` for before and since */
export function selectContainers(parts: ContainerParts, filters: Filters): Container[] {
  checkValues(filters, 'status', STATUSES, 'state')
  checkValues(filters, 'health', HEALTHS, 'health status')
  const images = filters.has('ancestor') ? imagesFor(parts, filters) : undefined
  return window(parts, filters).filter((container) => fits(parts, container, filters) && (!images || images.has(container.spec.imageId)))
}

function checkValues(filters: Filters, key: string, allowed: readonly string[], what: string): void {
  for (const value of filters.get(key)) {
    if (allowed.includes(value)) continue
    throw new EngineError('invalid', `invalid filter '${key}=${value}': invalid value for ${what} (${value}): must be one of ${allowed.join(', ')}`)
  }
}

/** `before=X`: those listed after X; `since=X`: those listed before it. */
function window(parts: ContainerParts, filters: Filters): Container[] {
  const all = parts.store.all()
  const position = (key: string) => (filters.has(key) ? all.indexOf(parts.store.get(filters.get(key)[0] ?? '')) : undefined)
  return all.slice((position('before') ?? -1) + 1, position('since'))
}

/** The ids of the images that a list of ancestors means, children included. */
function imagesFor(parts: ContainerParts, filters: Filters): Set<string> {
  const wanted = filters.get('ancestor').flatMap((reference) => parts.images.find(reference) ?? [])
  return new Set(wanted.flatMap((image) => [image.id, ...parts.images.descendantsOf(image.id)]))
}

function fits(parts: ContainerParts, container: Container, filters: Filters): boolean {
  const { spec, state } = container
  const { status } = state
  return (
    filters.matchesExactly('status', status) &&
    filters.matchesExactly('health', parts.health.of(container)?.status ?? 'none') &&
    filters.matchesPattern('name', spec.name, `/${spec.name}`) &&
    filters.matchesPattern('id', spec.id) &&
    filters.matchesLabels(spec.config.Labels) &&
    fitsExit(container, filters) &&
    filters.flag('is-task') !== true &&
    filters.matchesExactly('volume', ...spec.mounts.flatMap((mount) => [mount.name ?? '', mount.source, mount.destination])) &&
    fitsNetwork(parts, container, filters) &&
    fitsPorts(parts, container, filters)
  )
}

function fitsExit(container: Container, filters: Filters): boolean {
  if (!filters.has('exited')) return true
  return container.state.status === 'exited' && container.state.startedAt !== undefined && filters.get('exited').includes(String(exitCodeOf(container.state)))
}

function fitsNetwork(parts: ContainerParts, container: Container, filters: Filters): boolean {
  if (!filters.has('network')) return true
  const wanted = filters.get('network')
  return Object.keys(container.spec.networks).some((asked) => {
    const network = parts.networks.find(asked)
    return wanted.some((one) => one === asked || one === network?.name || network?.id.startsWith(one))
  })
}

function fitsPorts(parts: ContainerParts, container: Container, filters: Filters): boolean {
  if (!filters.has('publish') && !filters.has('expose')) return true
  const ports = portViews(parts, container)
  const matches = (wanted: string, port: number | undefined, type: string) => {
    const found = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(wanted)
    if (!found) throw new EngineError('system', `invalid port: ${wanted}`)
    const first = Number(found[1])
    return port !== undefined && port >= first && port <= Number(found[2] ?? first) && type === (found[3] ?? 'tcp')
  }
  const publish = !filters.has('publish') || filters.get('publish').some((one) => ports.some((port) => matches(one, port.PublicPort, port.Type)))
  const expose = !filters.has('expose') || filters.get('expose').some((one) => ports.some((port) => matches(one, port.PrivatePort, port.Type)))
  return publish && expose
}

/** @see Engine API 1.51 ContainerSummary */
export async function listView(parts: ContainerParts, container: Container, version: ApiVersion, withSize: boolean) {
  const { spec } = container
  return {
    Id: spec.id,
    Names: [`/${spec.name}`],
    Image: imageName(parts, container),
    ImageID: spec.imageId,
    Command: commandText(spec),
    Created: unixSeconds(spec.createdAt),
    Ports: portViews(parts, container),
    Labels: spec.config.Labels ?? {},
    State: container.state.status,
    Status: statusText(parts, container),
    HostConfig: {
      NetworkMode: spec.hostConfig.NetworkMode ?? 'bridge',
      ...(spec.hostConfig.Annotations && version.atLeast('1.46') && { Annotations: spec.hostConfig.Annotations }),
    },
    NetworkSettings: { Networks: endpointViews(parts, container, version) },
    Mounts: spec.mounts.map(mountView),
    ...(withSize && (await sizeView(parts, container))),
  }
}

export async function sizeView(parts: ContainerParts, container: Container) {
  const { ownBytes, totalBytes } = await containerSize(parts, container)
  return { SizeRw: ownBytes, SizeRootFs: totalBytes }
}

/** As created, unless that name means another image by now. */
function imageName(parts: ContainerParts, container: Container): string {
  const { config, imageId } = container.spec
  const asked = config.Image ?? ''
  return parts.images.find(asked)?.id === imageId ? asked : imageId
}

/** The `STATUS` column of `docker ps`. */
export function statusText(parts: ContainerParts, container: Container): string {
  const { state } = container
  const since = (iso: string | undefined) => humanDuration(Date.now() - new Date(iso ?? 0).getTime())
  if (isLive(state)) {
    const health = parts.health.of(container)
    const healthText = health ? (health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`) : ''
    return `Up ${since(state.startedAt)}${state.status === 'paused' ? ' (Paused)' : healthText}`
  }
  switch (state.status) {
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`
    case 'removing':
      return 'Removal In Progress'
    case 'dead':
      return 'Dead'
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`
    default:
      return 'Created'
  }
}
