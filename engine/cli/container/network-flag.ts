import { csvFields } from './mount-flag.ts'

/** One `--network`. */
export interface NetworkChoice {
  readonly target: string
  readonly aliases: readonly string[]
  readonly links: readonly string[]
  readonly ipv4?: string
  readonly ipv6?: string
  readonly macAddress?: string
  readonly linkLocalIps: readonly string[]
  readonly driverOptions: Readonly<Record<string, string>>
  readonly gatewayPriority: number
}

/** What the older flags say about the first network. */
export interface FirstNetwork {
  readonly aliases: readonly string[]
  readonly links: readonly string[]
  readonly ipv4: string | undefined
  readonly ipv6: string | undefined
  readonly macAddress: string | undefined
}

const PLAIN = { aliases: [], links: [], linkLocalIps: [], driverOptions: {}, gatewayPriority: 0 }

/** `NAME`, or `name=NAME,alias=…,ip=…`. @throws Error with docker's words */
export function parseNetwork(text: string): NetworkChoice {
  if (!/\w+=\w+(,\w+=\w+)*/.test(text)) return { target: text, ...PLAIN }
  const pairs = csvFields(text).map((field): [string, string] => {
    const equals = field.indexOf('=')
    if (equals < 1) throw new Error(`invalid field ${field}`)
    return [
      field.slice(0, equals).trim().toLowerCase(),
      field
        .slice(equals + 1)
        .trim()
        .toLowerCase(),
    ]
  })
  const unknown = pairs.find(([key]) => !KEYS.has(key))
  if (unknown) throw new Error(`invalid field key ${unknown[0]}`)
  const all = (wanted: string) => pairs.filter(([key]) => key === wanted).map(([, value]) => value)
  const target = all('name').at(-1) ?? ''
  if (target === '') throw new Error('network name/id is not specified')
  return {
    target,
    aliases: all('alias'),
    links: [],
    ipv4: all('ip').at(-1),
    ipv6: all('ip6').at(-1),
    macAddress: all('mac-address').at(-1),
    linkLocalIps: all('link-local-ip'),
    driverOptions: Object.fromEntries(all('driver-opt').map((pair) => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)])),
    gatewayPriority: Number(all('gw-priority').at(-1) ?? 0),
  }
}

const KEYS = new Set(['name', 'alias', 'ip', 'ip6', 'mac-address', 'link-local-ip', 'driver-opt', 'gw-priority'])

/**
 * The endpoints that the API is asked for.
 * @throws Error with docker's words
 * @see Engine API 1.51 NetworkingConfig
 */
export function endpointsConfig(choices: readonly NetworkChoice[], first: FirstNetwork): Readonly<Record<string, object>> {
  const endpoints: Record<string, object> = {}
  if (choices.length === 0) return { default: endpoint(withFirst({ target: 'default', ...PLAIN }, first)) }
  for (const [at, given] of choices.entries()) {
    const choice = at === 0 ? withFirst(given, first) : given
    const settings = endpoint(choice)
    if (choice.target in endpoints) throw new Error(`network ${JSON.stringify(choice.target)} is specified multiple times`)
    // A single network without wishes is named by the network mode alone.
    if (choices.length > 1 || Object.keys(settings).length > 0) endpoints[choice.target] = settings
  }
  const isMixed = new Set(choices.map(({ target }) => isUserDefined(target))).size > 1
  if (isMixed) throw new Error('conflicting options: cannot attach both user-defined and non-user-defined network-modes')
  return endpoints
}

export function isUserDefined(target: string): boolean {
  return !['', 'default', 'bridge', 'host', 'none'].includes(target) && !target.startsWith('container:')
}

function withFirst(choice: NetworkChoice, first: FirstNetwork): NetworkChoice {
  const conflicts: [boolean, string][] = [
    [choice.aliases.length > 0 && first.aliases.length > 0, '--network-alias and per-network alias'],
    [choice.ipv4 !== undefined && first.ipv4 !== undefined, '--ip and per-network IPv4 address'],
    [choice.ipv6 !== undefined && first.ipv6 !== undefined, '--ip6 and per-network IPv6 address'],
    [choice.macAddress !== undefined && first.macAddress !== undefined, '--mac-address and per-network MAC address'],
  ]
  const conflict = conflicts.find(([isThere]) => isThere)
  if (conflict) throw new Error(`conflicting options: cannot specify both ${conflict[1]}`)
  return {
    ...choice,
    aliases: first.aliases.length > 0 ? first.aliases : choice.aliases,
    links: isUserDefined(choice.target) ? first.links : [],
    ipv4: first.ipv4 ?? choice.ipv4,
    ipv6: first.ipv6 ?? choice.ipv6,
    macAddress: first.macAddress ?? choice.macAddress,
  }
}

function endpoint({ target, aliases, links, ipv4, ipv6, macAddress, linkLocalIps, driverOptions, gatewayPriority }: NetworkChoice): object {
  if (target.trim() === '') throw new Error('no name set for network')
  if (!isUserDefined(target) && aliases.length > 0) throw new Error('network-scoped aliases are only supported for user-defined networks')
  const hasAddress = ipv4 !== undefined || ipv6 !== undefined || linkLocalIps.length > 0
  return {
    ...(aliases.length > 0 && { Aliases: aliases }),
    ...(links.length > 0 && { Links: links }),
    ...(hasAddress && { IPAMConfig: { IPv4Address: ipv4 ?? '', IPv6Address: ipv6 ?? '', LinkLocalIPs: linkLocalIps } }),
    ...(macAddress !== undefined && { MacAddress: macAddress }),
    ...(Object.keys(driverOptions).length > 0 && { DriverOpts: driverOptions }),
    ...(gatewayPriority !== 0 && { GwPriority: gatewayPriority }),
  }
}
