import type { ContainerRow, NetworkRow } from '../api/types.ts'

/** A network with the containers in it; live ones first. */
export interface Zone {
  readonly network: NetworkRow
  readonly members: readonly ContainerRow[]
}

/** The figure's right side: each network that has members, or could have them (`host` and `none` only when used). */
export function networkZones(networks: readonly NetworkRow[], containers: readonly ContainerRow[]): Zone[] {
  const zones = networks.map((network) => ({ network, members: membersOf(network, containers) }))
  return zones.filter(({ network, members }) => members.length > 0 || network.driver === 'bridge').sort((a, b) => b.members.length - a.members.length)
}

function membersOf(network: NetworkRow, containers: readonly ContainerRow[]): ContainerRow[] {
  const members = containers.filter(({ attachments }) => attachments.some((one) => one.network === network.name))
  const isUp = (row: ContainerRow) => (row.state === 'running' || row.state === 'paused' || row.state === 'restarting' ? 0 : 1)
  return members.sort((a, b) => isUp(a) - isUp(b))
}
