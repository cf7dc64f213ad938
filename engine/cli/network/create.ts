import { CliCommand } from '../command/command.ts'
import { commaSeparated, keyValues, label, list } from '../command/values.ts'
import type { Session } from '../session.ts'
import { addressPools } from './address-pools.ts'

export interface CreateOptions {
  readonly attachable?: boolean
  readonly auxAddress?: readonly string[]
  readonly configFrom?: string
  readonly configOnly?: boolean
  readonly driver?: string
  readonly gateway?: readonly string[]
  readonly ingress?: boolean
  readonly internal?: boolean
  readonly ipRange?: readonly string[]
  readonly ipamDriver?: string
  readonly ipamOpt?: readonly string[]
  readonly ipv4?: boolean
  readonly ipv6?: boolean
  readonly label?: readonly string[]
  readonly opt?: readonly string[]
  readonly scope?: string
  readonly subnet?: readonly string[]
}

/** `engineroom network create` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'network create', usage: '[OPTIONS] NETWORK', summary: 'Create a network', atLeast: 1, atMost: 1 })
    .flag('--attachable', 'Enable manual container attachment')
    .flag('--aux-address <map>', 'Auxiliary IPv4 or IPv6 addresses used by Network driver', list())
    .flag('--config-from <string>', 'The network from which to copy the configuration')
    .flag('--config-only', 'Create a configuration only network')
    .flag('-d, --driver <string>', 'Driver to manage the Network (default "bridge")')
    .flag('--gateway <strings>', 'IPv4 or IPv6 Gateway for the master subnet', commaSeparated)
    .flag('--ingress', 'Create swarm routing-mesh network')
    .flag('--internal', 'Restrict external access to the network')
    .flag('--ip-range <strings>', 'Allocate container ip from a sub-range', commaSeparated)
    .flag('--ipam-driver <string>', 'IP Address Management Driver (default "default")')
    .flag('--ipam-opt <map>', 'Set IPAM driver specific options', list())
    .flag('--ipv4', 'Enable or disable IPv4 address assignment (default true)')
    .flag('--ipv6', 'Enable or disable IPv6 address assignment')
    .flag('--label <list>', 'Set metadata on a network', list(label))
    .flag('-o, --opt <map>', 'Set driver specific options', list())
    .flag('--scope <string>', "Control the network's scope")
    .flag('--subnet <strings>', 'Subnet in CIDR format that represents a network segment', commaSeparated)
    .perform<CreateOptions>(([name = ''], options) => create(session, name, options))
}

export async function create(session: Session, name: string, options: CreateOptions): Promise<void> {
  const { subnet = [], ipRange = [], gateway = [], auxAddress = [] } = options
  const body = {
    Name: name,
    Driver: options.driver ?? 'bridge',
    Scope: options.scope ?? '',
    EnableIPv4: options.ipv4,
    EnableIPv6: options.ipv6,
    Internal: options.internal ?? false,
    Attachable: options.attachable ?? false,
    Ingress: options.ingress ?? false,
    ConfigOnly: options.configOnly ?? false,
    ConfigFrom: options.configFrom === undefined ? undefined : { Network: options.configFrom },
    IPAM: {
      Driver: options.ipamDriver ?? 'default',
      Options: keyValues(options.ipamOpt),
      Config: addressPools({ subnets: subnet, ranges: ipRange, gateways: gateway, auxAddresses: keyValues(auxAddress) }),
    },
    Options: keyValues(options.opt),
    Labels: keyValues(options.label),
  }
  const { Id } = await session.client.json<{ Id: string }>('POST', '/networks/create', { body })
  session.print(Id)
}
