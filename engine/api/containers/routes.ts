import { Type } from 'typebox'
import { ResourcesSchema, RestartPolicySchema } from '../../containers/config.ts'
import { resizeContainer } from '../../containers/exec.ts'
import { containerTree } from '../../containers/files/file-tree.ts'
import { removeLink } from '../../containers/links.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { pauseContainer, unpauseContainer } from '../../containers/pause.ts'
import { pruneContainers } from '../../containers/prune.ts'
import { removeContainer } from '../../containers/remove.ts'
import { renameContainer } from '../../containers/rename.ts'
import { restartContainer } from '../../containers/restart.ts'
import { startContainer } from '../../containers/start.ts'
import { isRunning } from '../../containers/state.ts'
import { StatsFeed } from '../../containers/stats-feed.ts'
import { killContainer, type StopOptions, stopContainer } from '../../containers/stop.ts'
import { updateContainer } from '../../containers/update.ts'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import { archiveHandler, extractHandler, statPathHandler } from './archive.ts'
import { attachHandler } from './attach.ts'
import { attachWebSocketHandler } from './attach-websocket.ts'
import { changesHandler } from './changes.ts'
import { commitHandler } from './commit.ts'
import { createHandler } from './create.ts'
import { exportHandler } from './export.ts'
import { fileRoutes } from './files.ts'
import { inspectView } from './inspect-view.ts'
import { joinedLogsRoute } from './joined-logs.ts'
import { joinedStatsRoute } from './joined-stats.ts'
import { listHandler, sizeView } from './list.ts'
import { logsHandler } from './logs.ts'
import { parseSize } from './resize.ts'
import { statsHandler } from './stats.ts'
import { topHandler } from './top.ts'
import { waitHandler } from './wait.ts'

const UpdateBody = Type.Object({ ...ResourcesSchema.properties, RestartPolicy: Type.Optional(RestartPolicySchema) })

/** @see Engine API 1.51, "Container" */
export function containerRoutes(parts: ContainerParts): Route[] {
  const container = (call: ApiCall) => parts.store.get(call.param('id'))
  const stats = new StatsFeed(parts)
  return [
    { method: 'GET', path: '/containers/json', handler: (call) => listHandler(parts, call) },
    { method: 'POST', path: '/containers/create', handler: (call) => createHandler(parts, call) },
    { method: 'POST', path: '/containers/prune', handler: (call) => prune(parts, call) },
    { method: 'POST', path: '/commit', handler: (call) => commitHandler(parts, call) },
    {
      method: 'GET',
      path: '/containers/{id}/json',
      async handler(call) {
        // As with dockerd: who asks between the two runs of a restart hears of the second. To compose it would have ended for good.
        if (!isRunning(container(call).state)) await Promise.all(container(call).restarts)
        const size = call.query.flag('size') ? await sizeView(parts, container(call)) : {}
        call.json(200, { ...inspectView(parts, container(call), call.version), ...size })
      },
    },
    { method: 'GET', path: '/containers/{id}/logs', handler: (call) => logsHandler(parts, call) },
    joinedLogsRoute(parts),
    joinedStatsRoute(parts, stats),
    { method: 'GET', path: '/containers/{id}/top', handler: (call) => topHandler(parts, call) },
    { method: 'GET', path: '/containers/{id}/changes', handler: (call) => changesHandler(parts, call) },
    { method: 'GET', path: '/containers/{id}/export', handler: (call) => exportHandler(parts, call) },
    { method: 'HEAD', path: '/containers/{id}/archive', handler: (call) => statPathHandler(parts, call) },
    { method: 'GET', path: '/containers/{id}/archive', handler: (call) => archiveHandler(parts, call) },
    { method: 'PUT', path: '/containers/{id}/archive', handler: (call) => extractHandler(parts, call) },
    ...fileRoutes('/engineroom/v1/containers/{id}', (call) => containerTree(parts, call.param('id'))),
    { method: 'GET', path: '/containers/{id}/stats', handler: (call) => statsHandler(parts, stats, call) },
    { method: 'GET', path: '/containers/{id}/attach/ws', hijacks: true, handler: (call) => attachWebSocketHandler(parts, call) },
    { method: 'POST', path: '/containers/{id}/attach', hijacks: true, handler: (call) => attachHandler(parts, call) },
    { method: 'POST', path: '/containers/{id}/wait', handler: (call) => waitHandler(parts, call) },
    {
      method: 'POST',
      path: '/containers/{id}/start',
      async handler(call) {
        if (Number(call.header('content-length') || 0) > 7 || call.header('transfer-encoding') === 'chunked') {
          throw new EngineError('invalid', 'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24')
        }
        await startContainer(parts, container(call))
        call.empty(204)
      },
    },
    { method: 'POST', path: '/containers/{id}/stop', handler: (call) => stopContainer(parts, container(call), stopOptions(call)).then(() => call.empty(204)) },
    {
      method: 'POST',
      path: '/containers/{id}/restart',
      handler: (call) => restartContainer(parts, container(call), call.param('id'), stopOptions(call)).then(() => call.empty(204)),
    },
    {
      method: 'POST',
      path: '/containers/{id}/kill',
      handler: (call) => killContainer(parts, call.param('id'), call.query.text('signal')).then(() => call.empty(204)),
    },
    { method: 'POST', path: '/containers/{id}/pause', handler: (call) => pauseContainer(parts, container(call)).then(() => call.empty(204)) },
    { method: 'POST', path: '/containers/{id}/unpause', handler: (call) => unpauseContainer(parts, container(call)).then(() => call.empty(204)) },
    {
      method: 'POST',
      path: '/containers/{id}/rename',
      handler: (call) => renameContainer(parts, call.param('id'), call.query.text('name')).then(() => call.empty(204)),
    },
    {
      method: 'POST',
      path: '/containers/{id}/resize',
      async handler(call) {
        const { height, width } = parseSize(call)
        await resizeContainer(parts, container(call), height, width)
        call.empty(200)
      },
    },
    {
      method: 'POST',
      path: '/containers/{id}/update',
      async handler(call) {
        const { PidsLimit, ...rest } = await call.optionalBody(UpdateBody)
        const request = call.version.atLeast('1.40') && PidsLimit !== undefined ? { ...rest, PidsLimit } : rest
        const warnings = await updateContainer(parts, container(call), request)
        call.json(200, { Warnings: warnings.length > 0 ? warnings : null })
      },
    },
    {
      method: 'DELETE',
      path: '/containers/{id}',
      async handler(call) {
        if (call.query.flag('link')) return unlink(parts, call)
        const options = { force: call.query.flag('force'), removeVolumes: call.query.flag('v') }
        await removeContainer(parts, container(call), { ...options, reference: call.param('id') })
        call.empty(204)
      },
    },
  ]
}

/** `docker rm --link recipient/alias` */
function unlink(parts: ContainerParts, call: ApiCall): void {
  const [recipient = '', alias = ''] = call.param('id').replace(/^\//, '').split('/')
  if (alias === '') throw new EngineError('system', `Conflict, cannot remove the default link name of the container: /${recipient}`)
  removeLink(parts, parts.store.get(recipient), alias)
  call.empty(204)
}

function stopOptions(call: ApiCall): StopOptions {
  return { timeoutS: call.query.integer('t'), signal: call.version.atLeast('1.42') ? call.query.text('signal') : undefined }
}

async function prune(parts: ContainerParts, call: ApiCall): Promise<void> {
  const filters = call.query.filters().allow('label', 'label!', 'until')
  const bound = filters.until()
  const { removed, reclaimedBytes } = await pruneContainers(parts, ({ spec }) => {
    const isOldEnough = bound === undefined || BigInt(new Date(spec.createdAt).getTime()) * 1_000_000n < bound
    return isOldEnough && filters.matchesLabels(spec.config.Labels)
  })
  call.json(200, { ContainersDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimedBytes })
}
