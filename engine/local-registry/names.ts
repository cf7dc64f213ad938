import { type Address, addressText } from '../registry-server/address.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '::1']
const EVERYWHERE = ['', '0.0.0.0', '::']

/**
 * What names of images may call a registry that listens there. Others may lead to it as well: then blobs are sent. And another
 * registry may have the one or other of the loopback's.
 */
export function namesOf({ host, port }: Address): ReadonlySet<string> {
  const others = [...LOOPBACK, ...EVERYWHERE].includes(host) ? LOOPBACK : []
  return new Set([host, ...others].map((one) => addressText({ host: one, port })))
}
