import { Type } from 'typebox'
import type { OuterHost } from '../../networks/outer-host.ts'
import { type OuterNetwork, OuterNetworkSchema } from '../../networks/outer-network.ts'
import { hijack, RAW_STREAM } from '../hijack.ts'
import type { Route } from '../router.ts'

/** What there is to do with what the computer around our virtual machine tells us. */
export interface OuterHostParts {
  readonly outerHost: OuterHost
  /** @param now of its clock, milliseconds since 1970 */
  readonly followClock: (now: number) => Promise<void>
  readonly followNetwork: (network: OuterNetwork) => Promise<void>
}

const Clock = Type.Object({ now: Type.Number({ minimum: 1 }) })

/** For the computer around our virtual machine: where it offers its ports, and tells what has changed there. @see OuterHost */
export function outerHostRoutes({ outerHost, followClock, followNetwork }: OuterHostParts): Route[] {
  return [
    { method: 'POST', path: '/engineroom/v1/outer-host', hijacks: true, handler: (call) => outerHost.attach(hijack(call, RAW_STREAM)) },
    {
      method: 'PUT',
      path: '/engineroom/v1/outer-host/clock',
      async handler(call) {
        await followClock((await call.body(Clock)).now)
        call.empty(204)
      },
    },
    {
      method: 'PUT',
      path: '/engineroom/v1/outer-host/network',
      async handler(call) {
        await followNetwork(await call.body(OuterNetworkSchema))
        call.empty(204)
      },
    },
  ]
}
