import type { OuterHost } from '../../networks/outer-host.ts'
import { hijack, RAW_STREAM } from '../hijack.ts'
import type { Route } from '../router.ts'

/** Where the computer around our virtual machine offers its ports. @see OuterHost */
export function outerHostRoute(outerHost: OuterHost): Route {
  return { method: 'POST', path: '/engineroom/v1/outer-host', hijacks: true, handler: (call) => outerHost.attach(hijack(call, RAW_STREAM)) }
}
