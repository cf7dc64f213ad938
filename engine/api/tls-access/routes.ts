import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Type } from 'typebox'
import type { Route } from '../router.ts'

const PATH = '/engineroom/v1/tls-access'

const Wish = Type.Object({ isOn: Type.Boolean(), port: Type.Optional(Type.Integer()), hosts: Type.Optional(Type.Array(Type.String())) })

export interface TlsAccessView {
  readonly isOn: boolean
  /** While it is on. */
  readonly port?: number
  /** What the engine's certificate says that it is called. */
  readonly hosts?: readonly string[]
  /** Why it cannot be switched on; empty when it can. */
  readonly lock: string
  /** Why it does not listen, though it is on. */
  readonly failure?: string
}

/** What these routes need of the daemon. */
export interface TlsAccessSwitch {
  view(): TlsAccessView
  turnOn(port: number, hosts: readonly string[]): Promise<void>
  turnOff(): Promise<void>
  /** What a client needs, as a tar archive. */
  clientBundle(): { readonly stream: Readable; readonly done: Promise<void> }
}

/** docker's, with TLS. */
const DEFAULT_PORT = 2376

/** Our own, docker has none of it: whether other computers reach the engine, by TLS and with a certificate. @see docs/decisions/0009-exposure.md */
export function tlsAccessRoutes(access: TlsAccessSwitch): Route[] {
  return [
    { method: 'GET', path: PATH, handler: (call) => call.json(200, access.view()) },
    {
      method: 'PUT',
      path: PATH,
      async handler(call) {
        const { isOn, port = DEFAULT_PORT, hosts = [] } = await call.body(Wish)
        await (isOn ? access.turnOn(port, hosts) : access.turnOff())
        call.json(200, access.view())
      },
    },
    {
      method: 'GET',
      path: `${PATH}/client`,
      async handler(call) {
        const { stream, done } = access.clientBundle()
        await Promise.all([pipeline(stream, call.stream('application/x-tar')), done])
      },
    },
  ]
}
