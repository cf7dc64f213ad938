import { inPath } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { commaSeparated, integer, list } from '../command/values.ts'
import type { Session } from '../session.ts'

export interface ConnectOptions {
  readonly alias?: readonly string[]
  readonly driverOpt?: readonly string[]
  readonly gwPriority?: number
  readonly ip?: string
  readonly ip6?: string
  readonly link?: readonly string[]
  readonly linkLocalIp?: readonly string[]
}

/** `engineroom network connect` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'network connect', usage: '[OPTIONS] NETWORK CONTAINER', summary: 'Connect a container to a network', atLeast: 2, atMost: 2 })
    .flag('--alias <strings>', 'Add network-scoped alias for the container', commaSeparated)
    .flag('--driver-opt <strings>', 'driver options for the network', commaSeparated)
    .flag('--gw-priority <int>', 'Highest gw-priority provides the default gateway. Accepts positive and negative values.', integer)
    .flag('--ip <string>', 'IPv4 address (e.g., "172.30.100.104")')
    .flag('--ip6 <string>', 'IPv6 address (e.g., "2001:db8::33")')
    .flag('--link <list>', 'Add link to another container', list())
    .flag('--link-local-ip <strings>', 'Add a link-local address for the container', commaSeparated)
    .perform<ConnectOptions>(([network = '', container = ''], options) => connect(session, network, container, options))
}

export async function connect(session: Session, network: string, container: string, options: ConnectOptions): Promise<void> {
  const EndpointConfig = {
    IPAMConfig: { IPv4Address: options.ip ?? '', IPv6Address: options.ip6 ?? '', LinkLocalIPs: options.linkLocalIp ?? [] },
    Links: options.link ?? [],
    Aliases: options.alias ?? [],
    DriverOpts: driverOptions(options.driverOpt ?? []),
    GwPriority: options.gwPriority ?? 0,
  }
  await session.client.call('POST', `/networks/${inPath(network)}/connect`, { body: { Container: container, EndpointConfig } })
}

function driverOptions(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, key = '', value = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(text) ?? []
      if (key === '') throw new Error('invalid key/value pair format in driver options')
      return [key, value]
    }),
  )
}
