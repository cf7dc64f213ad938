import { isIPv4 } from 'node:net'
import type { Log } from '../log.ts'
import type { OuterHost } from '../networks/outer-host.ts'
import { OuterLocalhost } from '../networks/outer-localhost/outer-localhost.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { DaemonOptions } from './flags.ts'

/**
 * What joins the localhost of containers in the host's network with that of the computer around our virtual machine, when that is wanted.
 * @param table of nftables
 * @throws ConfigurationError when it is wanted, and that computer is not known
 */
export function outerLocalhostOf(
  { localhostOfVmHost, hostGatewayIps }: Pick<DaemonOptions, 'localhostOfVmHost' | 'hostGatewayIps'>,
  outerHost: OuterHost | undefined,
  table: string,
  log: Log,
): OuterLocalhost | undefined {
  if (!localhostOfVmHost) return undefined
  const outer = hostGatewayIps.find((address) => isIPv4(address))
  if (!outerHost || outer === undefined) throw new ConfigurationError('--localhost-of-vm-host needs --ports-of-vm-host and an IPv4 --host-gateway-ip')
  return new OuterLocalhost({ outerHost, outer, table, log })
}
