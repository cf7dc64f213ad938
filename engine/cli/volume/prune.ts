import { filtersOf } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { confirm } from '../command/confirm.ts'
import { printDeleted, printReclaimed } from '../command/prune-report.ts'
import { filter, list } from '../command/values.ts'
import type { Session } from '../session.ts'

export interface PruneOptions {
  readonly all?: boolean
  readonly filter?: readonly string[]
  readonly force?: boolean
}

/** `engineroom volume prune` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'volume prune', usage: '[OPTIONS]', summary: 'Remove unused local volumes' })
    .flag('-a, --all', 'Remove all unused volumes, not just anonymous ones')
    .flag('--filter <filter>', 'Provide filter values (e.g. "label=<label>")', list(filter))
    .flag('-f, --force', 'Do not prompt for confirmation')
    .perform<PruneOptions>((_, options) => prune(session, options))
}

export async function prune(session: Session, { all, filter: filters = [], force }: PruneOptions): Promise<void> {
  if (all && filters.some((one) => one.startsWith('all='))) throw new Error('conflicting options: cannot specify both --all and --filter all=1')
  const question = `WARNING! This will remove ${all ? 'all' : 'anonymous'} local volumes not used by at least one container.\nAre you sure you want to continue?`
  if (!force && !(await confirm(session, question))) return
  const query = { filters: filtersOf([...filters, ...(all ? ['all=true'] : [])]) }
  const report = await session.client.json<{ VolumesDeleted: readonly string[] | null; SpaceReclaimed: number }>('POST', '/volumes/prune', { query })
  printDeleted(session, 'Volumes', report.VolumesDeleted ?? [])
  printReclaimed(session, report.SpaceReclaimed)
}
