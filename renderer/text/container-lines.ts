import type { ContainerRow } from '../api/types.ts'
import { faceOf } from './container-face.ts'

/** By what the list of containers is sorted; `created` has the newest first, as `docker ps`. */
export type OrderKey = 'created' | 'name' | 'state' | 'ports'

export interface Order {
  readonly key: OrderKey
  readonly isDescending: boolean
}

/** Of a compose project: its name, and its containers. */
export interface ProjectLine {
  readonly kind: 'project'
  readonly key: string
  readonly name: string
  readonly members: readonly ContainerRow[]
  readonly isFolded: boolean
}

export interface ContainerLine {
  readonly kind: 'container'
  readonly key: string
  readonly row: ContainerRow
  /** It stands below its project. */
  readonly isMember: boolean
}

export type ListLine = ProjectLine | ContainerLine

/** @see compose-spec, label `com.docker.compose.project` */
export function projectOf(row: ContainerRow): string {
  return row.labels['com.docker.compose.project'] ?? ''
}

/** Containers in an order, those of one compose project together, where the first of them would stand. */
export function containerLines(rows: readonly ContainerRow[], order: Order, folded: ReadonlySet<string>): ListLine[] {
  const sorted = rows.toSorted(COMPARE[order.key])
  if (order.isDescending) sorted.reverse()
  const lines: ListLine[] = []
  const projects = Map.groupBy(sorted, projectOf)
  for (const row of sorted) {
    const name = projectOf(row)
    const members = projects.get(name)
    if (name === '') lines.push(lineOf(row, false))
    else if (members?.[0] === row) {
      const isFolded = folded.has(name)
      lines.push({ kind: 'project', key: `project ${name}`, name, members, isFolded })
      if (!isFolded) lines.push(...members.map((one) => lineOf(one, true)))
    }
  }
  return lines
}

function lineOf(row: ContainerRow, isMember: boolean): ContainerLine {
  return { kind: 'container', key: row.id, row, isMember }
}

const byName = (a: ContainerRow, b: ContainerRow) => a.name.localeCompare(b.name)
const firstPort = ({ ports }: ContainerRow) => Math.min(...ports.map(({ published }) => published ?? Number.POSITIVE_INFINITY))

/** What fails comes first: that is why one sorts by state. */
const TONES = ['fail', 'wait', 'run', 'stop']

const COMPARE: Readonly<Record<OrderKey, (a: ContainerRow, b: ContainerRow) => number>> = {
  created: (a, b) => b.createdAtMs - a.createdAtMs || byName(a, b),
  name: byName,
  state: (a, b) => TONES.indexOf(faceOf(a).tone) - TONES.indexOf(faceOf(b).tone) || a.state.localeCompare(b.state) || byName(a, b),
  // Those without a port are last: Infinity less itself is no number.
  ports: (a, b) => (firstPort(a) === firstPort(b) ? byName(a, b) : firstPort(a) - firstPort(b)),
}

/** What a click on a column asks for: its order, then that turned round, then the newest first again. */
export function nextOrder({ key, isDescending }: Order, clicked: OrderKey): Order {
  if (key !== clicked) return { key: clicked, isDescending: false }
  return isDescending ? NEWEST_FIRST : { key, isDescending: true }
}

export const NEWEST_FIRST: Order = { key: 'created', isDescending: false }
