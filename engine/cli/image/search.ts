import { filtersOf } from '../api-client.ts'
import type { SearchResult } from '../api-types.ts'
import { CliCommand } from '../command/command.ts'
import { filter, integer, list } from '../command/values.ts'
import { FORMAT_HELP } from '../format/format-help.ts'
import { type ListingShape, renderListing } from '../format/listing.ts'
import type { Session } from '../session.ts'

export interface SearchOptions {
  readonly filter?: readonly string[]
  readonly format?: string
  readonly limit?: number
  readonly trunc: boolean
}

/** `engineroom search` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'search', usage: '[OPTIONS] TERM', summary: 'Search Docker Hub for images', atLeast: 1, atMost: 1 })
    .flag('-f, --filter <filter>', 'Filter output based on conditions provided', list(filter))
    .flag('--format <string>', FORMAT_HELP)
    .flag('--limit <int>', 'Max number of search results', integer)
    .flag('--no-trunc', "Don't truncate output")
    .perform<SearchOptions>(([term = ''], options) => search(session, term, options))
}

/** @param term `host:5000/word` asks that registry */
export async function search(session: Session, term: string, options: SearchOptions): Promise<void> {
  const query = { term, limit: options.limit, filters: filtersOf(options.filter ?? []) }
  const found = await session.client.json<SearchResult[]>('GET', '/images/search', { query, headers: session.config.registryAuth('docker.io') })
  session.output.write(renderListing(listing(options.trunc), options.format ?? '', found))
}

const WIDEST_DESCRIPTION = 45

function listing(isTruncated: boolean): ListingShape<SearchResult> {
  return {
    table: 'table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}',
    columns: {
      Name: ['NAME', ({ name }) => name],
      Description: ['DESCRIPTION', ({ description }) => onOneLine(description, isTruncated)],
      StarCount: ['STARS', ({ star_count: stars }) => String(stars)],
      IsOfficial: ['OFFICIAL', ({ is_official: isOfficial }) => (isOfficial ? '[OK]' : '')],
      IsAutomated: ['AUTOMATED', () => ''],
    },
  }
}

function onOneLine(text: string, isTruncated: boolean): string {
  const line = text.replace(/[\r\n]/g, ' ')
  return isTruncated && line.length > WIDEST_DESCRIPTION ? `${line.slice(0, WIDEST_DESCRIPTION - 1)}…` : line
}
