import { filtersOf } from '../api-client.ts'
import type { VolumeSummary } from '../api-types.ts'
import { CliCommand } from '../command/command.ts'
import { filter, list } from '../command/values.ts'
import { FORMAT_HELP } from '../format/format-help.ts'
import { labelMethod, labelsText } from '../format/identifiers.ts'
import { type ListingShape, renderListing } from '../format/listing.ts'
import { humanSize } from '../format/size.ts'
import type { Session } from '../session.ts'

export interface LsOptions {
  readonly filter?: readonly string[]
  readonly format?: string
  readonly quiet?: boolean
}

/** `engineroom volume ls` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'volume ls', usage: '[OPTIONS]', summary: 'List volumes', aliases: ['volume ls', 'volume list'] })
    .flag('-f, --filter <filter>', 'Provide filter values (e.g. "dangling=true")', list(filter))
    .flag('--format <string>', FORMAT_HELP)
    .flag('-q, --quiet', 'Only display volume names')
    .perform<LsOptions>((_, options) => ls(session, options))
}

/** In the order of their names, `vol2` before `vol10`. */
export async function ls(session: Session, { filter: filters, format = 'table', quiet }: LsOptions): Promise<void> {
  const { Volumes } = await session.client.json<{ Volumes: VolumeSummary[] | null }>('GET', '/volumes', { query: { filters: filtersOf(filters) } })
  const order = new Intl.Collator('en', { numeric: true })
  const volumes = (Volumes ?? []).sort((a, b) => order.compare(a.Name, b.Name))
  session.output.write(renderListing(VOLUME_LISTING, quiet && format === 'table' ? '{{.Name}}' : format, volumes))
}

/** How `volume ls` lists volumes. */
export const VOLUME_LISTING: ListingShape<VolumeSummary> = {
  table: 'table {{.Driver}}\t{{.Name}}',
  raw: 'name: {{.Name}}\ndriver: {{.Driver}}\n',
  columns: {
    Name: ['VOLUME NAME', ({ Name }) => Name],
    Driver: ['DRIVER', ({ Driver }) => Driver],
    Scope: ['SCOPE', ({ Scope }) => Scope],
    Mountpoint: ['MOUNTPOINT', ({ Mountpoint }) => Mountpoint],
    Labels: ['LABELS', ({ Labels }) => labelsText(Labels)],
    Links: ['LINKS', ({ UsageData }) => (UsageData ? String(UsageData.RefCount) : 'N/A')],
    Size: ['SIZE', ({ UsageData }) => (UsageData ? humanSize(UsageData.Size) : 'N/A')],
    // Of clusters, which there are none of here.
    Group: ['GROUP', () => 'N/A'],
    Availability: ['AVAILABILITY', () => 'N/A'],
    Status: ['STATUS', () => 'N/A'],
  },
  methods: { Label: labelMethod(({ Labels }) => Labels) },
}
