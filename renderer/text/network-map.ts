import { isLive } from '../api/containers.ts'
import type { ContainerRow, NetworkRow } from '../api/types.ts'
import { networkZones } from './network-zones.ts'

/** A network in the map of who can reach whom: a line on which its containers stop. */
export interface Rail {
  readonly network: NetworkRow
  readonly x: number
}

/** Where a container is in a network, and how the others there call it. */
export interface Stop {
  readonly rail: Rail
  /** Names that the network's resolver knows; none on docker's own networks. */
  readonly names: readonly string[]
  /** Empty while it does not run. */
  readonly address: string
}

export interface Station {
  readonly row: ContainerRow
  readonly y: number
  /** From left to right. */
  readonly stops: readonly Stop[]
  /** Those that it can speak to now, by their ids. */
  readonly reaches: ReadonlySet<string>
}

export interface NetworkMap {
  readonly rails: readonly Rail[]
  readonly stations: readonly Station[]
  readonly width: number
  readonly height: number
}

export const MAP = { names: 220, rail: 190, head: 64, station: 44 } as const

/** Lays out who is in which network; whoever shares a rail can speak to each other, as long as both run. `none` is no rail: nobody is reached there. */
export function networkMap(networks: readonly NetworkRow[], containers: readonly ContainerRow[]): NetworkMap {
  const zones = networkZones(networks, containers).filter(({ network }) => network.driver !== 'null')
  const rails = zones.map(({ network }, at): Rail => ({ network, x: MAP.names + at * MAP.rail }))
  const found = containers.map((row) => ({ row, stops: stopsOf(row, rails) })).filter(({ stops }) => stops.length > 0)
  found.sort((a, b) => firstX(a.stops) - firstX(b.stops) || a.row.name.localeCompare(b.row.name))
  const stations = found.map(({ row, stops }, at): Station => ({ row, stops, y: MAP.head + (at + 0.5) * MAP.station, reaches: reachedFrom(row, stops, found) }))
  return { rails, stations, width: MAP.names + rails.length * MAP.rail, height: MAP.head + stations.length * MAP.station }
}

function stopsOf(row: ContainerRow, rails: readonly Rail[]): Stop[] {
  return rails.flatMap((rail) => {
    const found = row.attachments.find(({ network }) => network === rail.network.name)
    // The id is a name, too, which nobody types.
    return found ? [{ rail, address: found.address, names: found.names.filter((name) => name === '' || !row.id.startsWith(name)) }] : []
  })
}

function firstX(stops: readonly Stop[]): number {
  return stops[0]?.rail.x ?? 0
}

function reachedFrom(row: ContainerRow, stops: readonly Stop[], all: readonly { readonly row: ContainerRow; readonly stops: readonly Stop[] }[]): Set<string> {
  if (!isLive(row.state)) return new Set()
  const own = new Set(stops.map(({ rail }) => rail))
  return new Set(
    all.filter((other) => other.row.id !== row.id && isLive(other.row.state) && other.stops.some(({ rail }) => own.has(rail))).map((other) => other.row.id),
  )
}
