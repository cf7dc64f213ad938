import { messageOf } from '../../errors.ts'
import { filtersOf } from '../api-client.ts'
import type { ContainerSummary } from '../api-types.ts'
import { CliCommand } from '../command/command.ts'
import { filter, integer, list } from '../command/values.ts'
import { FORMAT_HELP } from '../format/format-help.ts'
import { type ListingShape, renderListing, rowOf } from '../format/listing.ts'
import type { Session } from '../session.ts'
import { Template } from '../template/template.ts'
import { containerListing, NO_CONTAINER } from './ps-columns.ts'

export interface PsOptions {
  readonly all?: boolean
  readonly quiet?: boolean
  readonly last?: number
  readonly latest?: boolean
  readonly trunc: boolean
  readonly size?: boolean
  readonly filter?: readonly string[]
  readonly format?: string
}

/** `engineroom ps` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'ps', usage: '[OPTIONS]', summary: 'List containers', aliases: ['container ls', 'container list', 'container ps', 'ps'] })
    .flag('-a, --all', 'Show all containers (default shows just running)')
    .flag('-f, --filter <filter>', 'Filter output based on conditions provided', list(filter))
    .flag('--format <string>', FORMAT_HELP)
    .flag('-n, --last <int>', 'Show n last created containers (includes all states) (default -1)', integer)
    .flag('-l, --latest', 'Show the latest created container (includes all states)')
    .flag('--no-trunc', "Don't truncate output")
    .flag('-q, --quiet', 'Only display container IDs')
    .flag('-s, --size', 'Display total file sizes')
    .perform<PsOptions>((_, options) => ps(session, options))
}

export async function ps(session: Session, options: PsOptions): Promise<void> {
  const { all, quiet, last = -1, latest, trunc, filter: filters } = options
  if (quiet && options.format) session.say('WARNING: Ignoring custom format, because both --format and --quiet are set.')
  const format = quiet ? '{{.ID}}' : (options.format ?? session.config.psFormat)
  const size = options.size ?? showsSize(format)
  const limit = latest && last === -1 ? 1 : last
  const query = { all, size, limit: limit > 0 ? limit : undefined, filters: filtersOf(filters) }
  const containers = await session.client.json<ContainerSummary[]>('GET', '/containers/json', { query })
  session.output.write(renderListing(containerListing(trunc, size), format, containers))
}

/**
 * Tries the template before anything is asked of the daemon: it may be wrong, and only one that shows sizes is worth
 * the work of measuring them.
 */
function showsSize(format: string): boolean {
  if (format === '' || format === 'table' || format === 'json' || format === 'raw') return false
  let isAsked = false
  const { columns, methods } = containerListing(true, false)
  const noticed = () => {
    isAsked = true
    return ''
  }
  const watched: ListingShape<ContainerSummary>['columns'] = { ...columns, Size: ['', noticed] }
  const template = explained('parse', () => new Template(format.replace(/^table/, '')))
  explained('execute', () => template.render(rowOf({ columns: watched, methods }, NO_CONTAINER)))
  return isAsked
}

function explained<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Error(`failed to ${what} template: ${messageOf(error)}`, { cause: error })
  }
}
