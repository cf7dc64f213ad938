import { BlockList, isIP } from 'node:net'

let addresses: BlockList | undefined

/** Whether only this machine can reach a host. @param host an address without brackets, or a name: what others call themselves is not known here */
export function isLoopback(host: string): boolean {
  const version = isIP(host)
  return host === 'localhost' || (version !== 0 && (addresses ??= ownAddresses()).check(host, version === 6 ? 'ipv6' : 'ipv4'))
}

function ownAddresses(): BlockList {
  const addresses = new BlockList()
  addresses.addSubnet('127.0.0.0', 8, 'ipv4')
  addresses.addAddress('::1', 'ipv6')
  return addresses
}
