import { filtersOf } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { confirm } from '../command/confirm.ts'
import { filter, list } from '../command/values.ts'
import { humanSize } from '../format/size.ts'
import type { Session } from '../session.ts'

export interface PruneOptions {
  readonly all?: boolean
  readonly filter?: readonly string[]
  readonly force?: boolean
  readonly volumes?: boolean
}

/** `engineroom system prune` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'system prune', usage: '[OPTIONS]', summary: 'Remove unused data' })
    .flag('-a, --all', 'Remove all unused images not just dangling ones')
    .flag('--filter <filter>', 'Provide filter values (e.g. "label=<key>=<value>")', list(filter))
    .flag('-f, --force', 'Do not prompt for confirmation')
    .flag('--volumes', 'Prune anonymous volumes')
    .perform<PruneOptions>((_, options) => prune(session, options))
}

/** Containers go first: what only they used goes after them. */
export async function prune(session: Session, options: PruneOptions): Promise<void> {
  const { filter: filters = [], volumes, all, force } = options
  if (volumes && filters.some((one) => one.startsWith('until='))) throw new Error('ERROR: The "until" filter is not supported with "--volumes"')
  if (!force && !(await confirm(session, warningOf(options)))) return
  let bytes = 0
  const take = async (title: string, path: string, more: readonly string[], linesOf: (report: PruneReport) => readonly string[]) => {
    const query = { filters: filtersOf([...filters, ...more]), all: all && path === '/build/prune' ? true : undefined }
    const report = await session.client.json<PruneReport>('POST', path, { query })
    bytes += report.SpaceReclaimed ?? 0
    const lines = linesOf(report)
    if (lines.length > 0) session.print(`${title}:\n${lines.join('\n')}\n`)
  }
  await take('Deleted Containers', '/containers/prune', [], ({ ContainersDeleted }) => ContainersDeleted ?? [])
  await take('Deleted Networks', '/networks/prune', [], ({ NetworksDeleted }) => NetworksDeleted ?? [])
  if (volumes) await take('Deleted Volumes', '/volumes/prune', [], ({ VolumesDeleted }) => VolumesDeleted ?? [])
  await take('Deleted Images', '/images/prune', [`dangling=${!all}`], ({ ImagesDeleted }) => (ImagesDeleted ?? []).map(imageLine))
  await take('Deleted build cache objects', '/build/prune', [], ({ CachesDeleted }) => CachesDeleted ?? [])
  session.print(`Total reclaimed space: ${humanSize(bytes)}`)
}

/** What each of the prune endpoints answers with a part of. */
interface PruneReport {
  readonly ContainersDeleted?: readonly string[] | null
  readonly NetworksDeleted?: readonly string[] | null
  readonly VolumesDeleted?: readonly string[] | null
  readonly ImagesDeleted?: readonly DeletedImage[] | null
  readonly CachesDeleted?: readonly string[] | null
  readonly SpaceReclaimed?: number
}

interface DeletedImage {
  readonly Untagged?: string
  readonly Deleted?: string
}

function imageLine({ Untagged, Deleted }: DeletedImage): string {
  return Untagged ? `untagged: ${Untagged}` : `deleted: ${Deleted}`
}

function warningOf({ all, volumes, filter: filters = [] }: PruneOptions): string {
  const goes = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ]
  const only = filters.length > 0 ? `  Items to be pruned will be filtered with:\n${bullets([...filters].sort())}\n` : ''
  return `WARNING! This will remove:\n${bullets(goes)}\n${only}Are you sure you want to continue?`
}

const bullets = (lines: readonly string[]) => lines.map((line) => `  - ${line}\n`).join('')
