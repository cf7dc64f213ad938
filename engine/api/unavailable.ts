import { EngineError } from '../errors.ts'
import type { ApiCall } from './call.ts'
import type { Method, Route } from './router.ts'

export const NOT_A_MANAGER = 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'

// biome-ignore format: a table
const SWARM_PATHS: readonly [Method, string][] = [
  ['GET', '/swarm'], ['GET', '/swarm/unlockkey'], ['POST', '/swarm/update'], ['POST', '/swarm/unlock'],
  ['GET', '/services'], ['GET', '/services/{id}'], ['POST', '/services/create'], ['POST', '/services/{id}/update'], ['DELETE', '/services/{id}'],
  ['GET', '/nodes'], ['GET', '/nodes/{id}'], ['POST', '/nodes/{id}/update'], ['DELETE', '/nodes/{id}'],
  ['GET', '/tasks'], ['GET', '/tasks/{id}'],
  ['GET', '/secrets'], ['GET', '/secrets/{id}'], ['POST', '/secrets/create'], ['POST', '/secrets/{id}/update'], ['DELETE', '/secrets/{id}'],
  ['GET', '/configs'], ['GET', '/configs/{id}'], ['POST', '/configs/create'], ['POST', '/configs/{id}/update'], ['DELETE', '/configs/{id}'],
]

function listPlugins(call: ApiCall): void {
  const filters = call.query.filters().allow('capability', 'enabled')
  filters.flag('enabled')
  call.json(200, [])
}

/**
 * What this engine does not do, answered as docker answers it: swarm is somebody else's, plugins there are none, and
 * what is not built yet says so by its name.
 */
export function unavailableRoutes(): Route[] {
  const refuse = (method: Method, path: string, error: (id: string) => EngineError): Route => ({
    method,
    path,
    handler(call) {
      throw error(call.param('id'))
    },
  })
  const notYet = (name: string) => () => new EngineError('not-implemented', `${name} is not implemented by this engine`)
  const noPlugin = (id: string) => new EngineError('not-found', `plugin "${id}" not found`)
  return [
    ...SWARM_PATHS.map(([method, path]) => refuse(method, path, () => new EngineError('unavailable', NOT_A_MANAGER))),
    refuse('POST', '/swarm/leave', () => new EngineError('unavailable', 'This node is not part of a swarm')),
    refuse('POST', '/swarm/init', notYet('swarm init')),
    refuse('POST', '/swarm/join', notYet('swarm join')),
    { method: 'GET', path: '/plugins', handler: listPlugins },
    refuse('GET', '/plugins/privileges', notYet('plugin installation')),
    refuse('POST', '/plugins/pull', notYet('plugin installation')),
    refuse('POST', '/plugins/create', notYet('plugin creation')),
    refuse('GET', '/plugins/{id}/json', noPlugin),
    ...['enable', 'disable', 'push', 'set', 'upgrade'].map((verb) => refuse('POST', `/plugins/{id}/${verb}`, noPlugin)),
    refuse('DELETE', '/plugins/{id}', noPlugin),
    refuse('GET', '/containers/{id}/checkpoints', notYet('checkpoint')),
    refuse('POST', '/containers/{id}/checkpoints', notYet('checkpoint')),
    refuse('DELETE', '/containers/{id}/checkpoints/{checkpoint}', notYet('checkpoint')),
  ]
}
