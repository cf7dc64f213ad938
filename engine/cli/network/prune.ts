import { filtersOf } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { confirm } from '../command/confirm.ts'
import { printDeleted } from '../command/prune-report.ts'
import { filter, list } from '../command/values.ts'
import type { Session } from '../session.ts'

export interface PruneOptions {
  readonly filter?: readonly string[]
  readonly force?: boolean
}

const WARNING = `WARNING! This will remove all custom networks not used by at least one container.
Are you sure you want to continue?`

/** `engineroom network prune` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'network prune', usage: '[OPTIONS]', summary: 'Remove all unused networks' })
    .flag('--filter <filter>', 'Provide filter values (e.g. "until=<timestamp>")', list(filter))
    .flag('-f, --force', 'Do not prompt for confirmation')
    .perform<PruneOptions>((_, options) => prune(session, options))
}

export async function prune(session: Session, { filter: filters = [], force }: PruneOptions): Promise<void> {
  if (!force && !(await confirm(session, WARNING))) return
  const query = { filters: filtersOf(filters) }
  const { NetworksDeleted } = await session.client.json<{ NetworksDeleted: readonly string[] | null }>('POST', '/networks/prune', { query })
  printDeleted(session, 'Networks', NetworksDeleted ?? [])
}
