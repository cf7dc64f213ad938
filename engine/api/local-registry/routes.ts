import { Type } from 'typebox'
import type { LocalRegistry } from '../../local-registry/local-registry.ts'
import type { Route } from '../router.ts'

const PATH = '/engineroom/v1/registry'

const Wish = Type.Object({ isOn: Type.Boolean(), address: Type.Optional(Type.String()) })

/** Our own, docker has none of it: the registry that the engine runs itself. @see docs/registry.md */
export function localRegistryRoutes(registry: LocalRegistry): Route[] {
  return [
    { method: 'GET', path: PATH, handler: (call) => call.json(200, registry.status()) },
    {
      method: 'PUT',
      path: PATH,
      async handler(call) {
        const { isOn, address } = await call.body(Wish)
        await (isOn ? registry.turnOn(address) : registry.turnOff())
        call.json(200, registry.status())
      },
    },
  ]
}
