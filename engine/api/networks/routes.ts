import { Type } from 'typebox'
import { connectContainer, disconnectContainer } from '../../containers/connect.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError } from '../../errors.ts'
import { goBoolean, notABoolean } from '../../json/go-values.ts'
import { NetworkCreateSchema, parseNetwork } from '../../networks/create-request.ts'
import { EndpointSettingsSchema } from '../../networks/endpoint-settings.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import { NOT_A_MANAGER } from '../unavailable.ts'
import { listNetworks } from './list.ts'
import { pruneNetworks } from './prune.ts'
import { membersView, networkView } from './views.ts'

const ConnectBody = Type.Object({ Container: Type.Optional(Type.String()), EndpointConfig: Type.Optional(EndpointSettingsSchema) })
const DisconnectBody = Type.Object({ Container: Type.Optional(Type.String()), Force: Type.Optional(Type.Boolean()) })

/** @see Engine API 1.51, "Network" */
export function networkRoutes(parts: ContainerParts): Route[] {
  const { networks } = parts
  const network = (call: ApiCall) => networks.store.get(call.param('id'))
  return [
    { method: 'GET', path: '/networks/?', handler: (call) => listNetworks(parts, call) },
    { method: 'POST', path: '/networks/create', handler: (call) => create(parts, call) },
    { method: 'POST', path: '/networks/prune', handler: (call) => pruneNetworks(parts, call) },
    {
      method: 'POST',
      path: '/networks/{id}/connect',
      async handler(call) {
        const { Container: reference = '', EndpointConfig = {} } = await call.optionalBody(ConnectBody)
        await connectContainer(parts, parts.store.get(reference), network(call), EndpointConfig)
        call.empty(200)
      },
    },
    {
      method: 'POST',
      path: '/networks/{id}/disconnect',
      async handler(call) {
        const { Container: reference = '', Force } = await call.optionalBody(DisconnectBody)
        // There is nothing to be forced: a container that is gone has left all its networks.
        if (Force && !parts.store.lookUp(reference)) throw new EngineError('not-found', `endpoint ${reference} not found`)
        await disconnectContainer(parts, parts.store.get(reference), network(call))
        call.empty(200)
      },
    },
    {
      method: 'GET',
      path: '/networks/{id}',
      handler(call) {
        checkVerbose(call.query.text('verbose'))
        const found = network(call)
        const scope = call.query.text('scope')
        if (scope !== '' && scope !== 'local') throw new EngineError('not-found', `network ${call.param('id')} not found`)
        call.json(200, { ...networkView(found), Containers: membersView(parts, found) })
      },
    },
    { method: 'DELETE', path: '/networks/{id}', handler: (call) => networks.remove(network(call)).then(() => call.empty(204)) },
  ]
}

async function create({ networks }: ContainerParts, call: ApiCall): Promise<void> {
  const body = await call.optionalBody(NetworkCreateSchema)
  if (body.Driver === 'overlay') throw new EngineError('forbidden', NOT_A_MANAGER)
  const { id } = await networks.create(parseNetwork(body))
  call.json(201, { Id: id, Warning: '' })
}

/** Of no use here, but read strictly. */
function checkVerbose(text: string): void {
  if (text !== '' && goBoolean(text) === undefined) throw new EngineError('invalid', `invalid value for verbose: ${text}: ${notABoolean(text)}`)
}
