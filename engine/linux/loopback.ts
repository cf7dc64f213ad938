import { BlockList, isIP } from 'node:net'

const ADDRESSES = new BlockList()
ADDRESSES.addSubnet('127.0.0.0', 8, 'ipv4')
ADDRESSES.addAddress('::1', 'ipv6')

/** Whether only this machine can reach a host. @param host an address without brackets, or a name: what others call themselves is not known here */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  return host === 'localhost' || (version !== 0 && ADDRESSES.check(host, version === 6 ? 'ipv6' : 'ipv4'))
}
