import type { Container } from '../../containers/container.ts'
import { aliasesOf } from '../../containers/links.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { commandText } from '../../containers/process-text.ts'
import { containerSize } from '../../containers/size.ts'
import { isLive, isRunning } from '../../containers/state.ts'
import { Turns } from '../../containers/turns.ts'
import type { ApiCall } from '../call.ts'
import { humanDuration, unixSeconds } from '../times.ts'
import type { ApiVersion } from '../version.ts'
import { mountView } from './inspect-view.ts'
import { selectContainers } from './list-filter.ts'
import { endpointViews, portViews } from './network-view.ts'

/** Of hundreds of containers, several milliseconds: clients that ask at the same time take turns, and others come between. */
const turns = new Turns()

/** @see Engine API 1.51 ContainerList */
export async function listHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const filters = call.query.filters()
  await turns.next()
  const limit = call.query.integer('limit') ?? -1
  const considersAll = call.query.flag('all') || limit > 0 || filters.has('status')
  const candidates = selectContainers(parts, filters).filter((container) => considersAll || isRunning(container.state))
  const chosen = limit > 0 ? candidates.slice(0, limit) : candidates
  const withSize = call.query.flag('size')
  call.json(200, await Promise.all(chosen.map((container) => listView(parts, container, call.version, withSize))))
}

/** @see Engine API 1.51 ContainerSummary */
export async function listView(parts: ContainerParts, container: Container, version: ApiVersion, withSize: boolean) {
  const { spec } = container
  return {
    Id: spec.id,
    Names: [`/${spec.name}`, ...aliasesOf(parts, container)],
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
