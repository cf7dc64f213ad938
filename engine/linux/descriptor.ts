import type { Duplex } from 'node:stream'

/** The number of a socket's open file; undefined once it is closed. Node has no public way to it. */
export function descriptorOf(socket: Duplex): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  return typeof handle === 'object' && handle !== null && 'fd' in handle && typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined
}
