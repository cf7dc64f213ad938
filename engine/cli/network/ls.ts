import { filtersOf } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { filter, list } from '../command/values.ts'
import { FORMAT_HELP } from '../format/format-help.ts'
import { labelMethod, labelsText, shortId, zonedTimeText } from '../format/identifiers.ts'
import { type ListingShape, renderListing } from '../format/listing.ts'
import type { Session } from '../session.ts'

/** @see Engine API 1.51 Network */
interface NetworkSummary {
  readonly Id: string
  readonly Name: string
  readonly Driver: string
  readonly Scope: string
  readonly Created: string
  readonly EnableIPv4: boolean
  readonly EnableIPv6: boolean
  readonly Internal: boolean
  readonly Labels: Readonly<Record<string, string>> | null
}

export interface LsOptions {
  readonly filter?: readonly string[]
  readonly format?: string
  readonly quiet?: boolean
  readonly trunc: boolean
}

/** `engineroom network ls` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'network ls', usage: '[OPTIONS]', summary: 'List networks', aliases: ['network ls', 'network list'] })
    .flag('-f, --filter <filter>', 'Provide filter values (e.g. "driver=bridge")', list(filter))
    .flag('--format <string>', FORMAT_HELP)
    .flag('--no-trunc', 'Do not truncate the output')
    .flag('-q, --quiet', 'Only display network IDs')
    .perform<LsOptions>((_, options) => ls(session, options))
}

/** In the order of their names, `net2` before `net10`. */
export async function ls(session: Session, { filter: filters, format = 'table', quiet, trunc }: LsOptions): Promise<void> {
  const networks = await session.client.json<NetworkSummary[]>('GET', '/networks', { query: { filters: filtersOf(filters) } })
  const order = new Intl.Collator('en', { numeric: true })
  networks.sort((a, b) => order.compare(a.Name, b.Name))
  session.output.write(renderListing(listing(trunc), quiet && format === 'table' ? '{{.ID}}' : format, networks))
}

function listing(isTruncated: boolean): ListingShape<NetworkSummary> {
  return {
    table: 'table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}',
    raw: 'network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n',
    columns: {
      ID: ['NETWORK ID', ({ Id }) => (isTruncated ? shortId(Id) : Id)],
      Name: ['NAME', ({ Name }) => Name],
      Driver: ['DRIVER', ({ Driver }) => Driver],
      Scope: ['SCOPE', ({ Scope }) => Scope],
      IPv4: ['IPV4', ({ EnableIPv4 }) => String(EnableIPv4)],
      IPv6: ['IPV6', ({ EnableIPv6 }) => String(EnableIPv6)],
      Internal: ['INTERNAL', ({ Internal }) => String(Internal)],
      Labels: ['LABELS', ({ Labels }) => labelsText(Labels)],
      CreatedAt: ['CREATED AT', ({ Created }) => zonedTimeText(Created)],
    },
    methods: { Label: labelMethod(({ Labels }) => Labels) },
  }
}
