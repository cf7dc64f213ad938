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
  const prunes: readonly Prune[] = [
    { kind: 'Containers', path: '/containers/prune', namesOf: ({ ContainersDeleted }) => ContainersDeleted },
    { kind: 'Networks', path: '/networks/prune', namesOf: ({ NetworksDeleted }) => NetworksDeleted },
    ...(volumes ? [{ kind: 'Volumes', path: '/volumes/prune', namesOf: ({ VolumesDeleted }: PruneReport) => VolumesDeleted }] : []),
    { kind: 'Images', path: '/images/prune', filters: [`dangling=${!all}`], namesOf: ({ ImagesDeleted }) => ImagesDeleted?.map(imageLine) },
    { kind: 'build cache objects', path: '/build/prune', all: all || undefined, namesOf: ({ CachesDeleted }) => CachesDeleted },
  ]
  for (const { kind, path, filters: more = [], all, namesOf } of prunes) {
    const report = await session.client.json<PruneReport>('POST', path, { query: { filters: filtersOf([...filters, ...more]), all } })
    bytes += report.SpaceReclaimed ?? 0
    printDeleted(session, kind, namesOf(report) ?? [])
  }
  printReclaimed(session, bytes)
}

interface Prune {
  readonly kind: string
  readonly path: string
  /** Beside the person's. */
  readonly filters?: readonly string[]
  readonly all?: boolean
  readonly namesOf: (report: PruneReport) => readonly string[] | null | undefined
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
