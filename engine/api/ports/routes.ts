import { EngineError } from '../../errors.ts'
import type { PortHolder, PortProtocol } from '../../linux/port-holders.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'

const PROTOCOLS: readonly PortProtocol[] = ['tcp', 'udp', 'sctp']

const LAST_PORT = 65_535

/** Our own, docker has none of it: which processes have a port of this machine, for whoever wants it and cannot have it. */
export function portRoutes(holdersOf: (port: number, protocol: PortProtocol) => Promise<PortHolder[]>): Route[] {
  return [
    {
      method: 'GET',
      path: '/engineroom/v1/ports/{port}',
      async handler(call) {
        const { port, protocol } = requested(call)
        call.json(200, { port, protocol, holders: await holdersOf(port, protocol) })
      },
    },
  ]
}

/** @throws EngineError `invalid`. `8080` is one of tcp, `53/udp` says it. */
function requested(call: ApiCall): { port: number; protocol: PortProtocol } {
  const text = call.param('port')
  const [, number = '', name = 'tcp'] = /^(\d{1,5})(?:\/(\w+))?$/.exec(text) ?? []
  const protocol = PROTOCOLS.find((one) => one === name)
  const port = Number(number)
  if (protocol === undefined || port < 1 || port > LAST_PORT) throw new EngineError('invalid', `invalid port: ${text}: use 8080, or 53/udp`)
  return { port, protocol }
}
