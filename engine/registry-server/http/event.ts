import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { hostname } from 'node:os'
import type { EventTarget, RegistryEvent } from '../notifications.ts'

/** This process, among all that tell a listener. */
const INSTANCE_ID = randomUUID()

/** What a handler has to say of what it did. */
export type Deed = Pick<RegistryEvent, 'action'> & { readonly target: EventTarget }

/** @param actor the account, or empty */
export function eventOf({ action, target }: Deed, request: IncomingMessage, actor: string): RegistryEvent {
  const { socket, headers, method = '' } = request
  return {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action,
    target,
    request: {
      id: randomUUID(),
      addr: `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`,
      host: headers.host ?? '',
      method,
      useragent: headers['user-agent'] ?? '',
    },
    actor: actor === '' ? {} : { name: actor },
    source: { addr: `${hostname()}:${socket.localPort ?? ''}`, instanceID: INSTANCE_ID },
  }
}
