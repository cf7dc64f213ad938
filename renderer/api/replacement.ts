import { type JsonRecord, recordAt, recordsAt, textAt, textMapAt, textsAt } from './json.ts'

/** Another place on the engine's machine for a port that a container publishes. */
export interface PortChange {
  /** The container's own, with its protocol: `80/tcp`. */
  readonly inside: string
  /** The host port of today. */
  readonly from: number
  readonly to: number
  /** Host addresses; empty for every one. */
  readonly addresses: readonly string[]
}

/** What makes a container that differs from another one in its published ports only. */
export interface Replacement {
  /** The body of ContainerCreate. */
  readonly body: JsonRecord
  /** The networks beside the first: those that it joins before it is started. */
  readonly furtherNetworks: readonly { readonly name: string; readonly endpoint: JsonRecord }[]
}

/**
 * Volumes are named, anonymous ones too: whoever mounts the same volume has the same data.
 * @param container the answer of ContainerInspect
 * @param image what the new one is made from
 * @see Engine API 1.51 ContainerCreate
 */
export function replacementOf(container: JsonRecord, change: PortChange, image: string): Replacement {
  const host = recordAt(container, 'HostConfig')
  const mode = textAt(host, 'NetworkMode')
  const networks = recordAt(recordAt(container, 'NetworkSettings'), 'Networks')
  const endpoints = Object.keys(networks).map((name) => ({
    name,
    id: textAt(recordAt(networks, name), 'NetworkID'),
    endpoint: endpointOf(container, recordAt(networks, name)),
  }))
  const first = endpoints.find(({ name, id }) => name === mode || id === mode || (['', 'default'].includes(mode) && name === 'bridge'))
  return {
    body: {
      ...configOf(container),
      Image: image,
      HostConfig: {
        ...host,
        PortBindings: changedBindings(recordAt(host, 'PortBindings'), change),
        Binds: [...textsAt(host, 'Binds'), ...unnamedVolumes(container)],
        Mounts: recordsAt(host, 'Mounts').map((mount) => namedMount(container, mount)),
      },
      ...(first && { NetworkingConfig: { EndpointsConfig: { [first.name]: first.endpoint } } }),
    },
    furtherNetworks: endpoints.filter((one) => one !== first),
  }
}

/** A host name that is the old container's ID is not the new one's. */
function configOf(container: JsonRecord): JsonRecord {
  const { Hostname, ...config } = recordAt(container, 'Config')
  return typeof Hostname === 'string' && Hostname !== '' && !textAt(container, 'Id').startsWith(Hostname) ? { ...config, Hostname } : config
}

/** What was asked for of a network; addresses that the engine gave are not. Before API 1.45 the short ID is among the aliases. */
function endpointOf(container: JsonRecord, from: JsonRecord): JsonRecord {
  const aliases = textsAt(from, 'Aliases').filter((alias) => !/^[0-9a-f]{12}$/.test(alias) || !textAt(container, 'Id').startsWith(alias))
  return {
    IPAMConfig: from.IPAMConfig ?? null,
    Links: from.Links ?? null,
    Aliases: aliases,
    DriverOpts: from.DriverOpts ?? null,
    GwPriority: from.GwPriority ?? 0,
  }
}

/** All bindings of today's host port become one for each address; those of other ports stay. */
export function changedBindings(bindings: JsonRecord, { inside, from, to, addresses }: PortChange): JsonRecord {
  const known = recordsAt(bindings, inside)
  const isOf = (port: string) => (one: JsonRecord) => (textAt(one, 'HostPort') || '0') === port
  // One that the engine chose is not written down.
  const named = known.some(isOf(String(from))) ? String(from) : '0'
  const own = (addresses.length > 0 ? addresses : ['']).map((HostIp) => ({ HostIp, HostPort: String(to) }))
  return { ...bindings, [inside]: [...known.filter((one) => !isOf(named)(one)), ...own] }
}

/** `-v NAME:PATH` for volumes that were asked for by their path alone, by the image or with `-v PATH`. */
function unnamedVolumes(container: JsonRecord): string[] {
  const host = recordAt(container, 'HostConfig')
  const asked = new Set([
    ...textsAt(host, 'Binds').map((bind) => bind.split(':')[1] ?? ''),
    ...recordsAt(host, 'Mounts').map((mount) => textAt(mount, 'Target')),
    ...Object.keys(textMapAt(host, 'Tmpfs')),
  ])
  return recordsAt(container, 'Mounts')
    .filter((mount) => textAt(mount, 'Type') === 'volume' && !asked.has(textAt(mount, 'Destination')))
    .map((mount) => `${textAt(mount, 'Name')}:${textAt(mount, 'Destination')}${mount.RW === false ? ':ro' : ''}`)
}

/** `--mount type=volume` without a source: the volume that it was given. */
function namedMount(container: JsonRecord, mount: JsonRecord): JsonRecord {
  if (textAt(mount, 'Type') !== 'volume' || textAt(mount, 'Source') !== '') return mount
  const given = recordsAt(container, 'Mounts').find((one) => textAt(one, 'Destination') === textAt(mount, 'Target'))
  return { ...mount, Source: given ? textAt(given, 'Name') : '' }
}
