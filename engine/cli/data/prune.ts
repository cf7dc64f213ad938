import { CliCommand } from '../command/command.ts'
import { confirm } from '../command/confirm.ts'
import { printDeleted, printReclaimed } from '../command/prune-report.ts'
import { humanSize } from '../format/size.ts'
import type { Session } from '../session.ts'

export interface PruneOptions {
  readonly all?: boolean
  readonly volumes?: boolean
  readonly yes?: boolean
}

/** The answer of `GET /engineroom/v1/data/prune`. @see docs/data-directory.md */
interface PrunePlan {
  readonly containers: readonly { readonly id: string; readonly name: string; readonly bytes: number }[]
  readonly images: readonly { readonly id: string; readonly names: readonly string[] }[]
  readonly layerBytes: number
  readonly blobBytes: number
  readonly volumes: readonly { readonly name: string; readonly bytes: number }[]
  readonly buildCaches: readonly { readonly name: string; readonly bytes: number }[]
  readonly bytes: number
}

/** The answer of `POST /engineroom/v1/data/prune`. */
interface PruneResult {
  readonly containers: readonly string[]
  readonly images: readonly string[]
  readonly volumes: readonly string[]
  readonly buildCaches: readonly string[]
  readonly reclaimedBytes: number
}

/** `engineroom data prune` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'data prune', usage: '[OPTIONS]', summary: 'Show what nobody needs in the data directory, and remove it when told so' })
    .flag('-a, --all', 'Remove all unused images not just dangling ones')
    .flag('--volumes', 'Prune anonymous volumes')
    .flag('-y, --yes', 'Do not prompt for confirmation')
    .perform<PruneOptions>((_, options) => prune(session, options))
}

/** What is shown is what goes: the daemon is told the names that were on the screen. */
export async function prune(session: Session, { all, volumes, yes }: PruneOptions): Promise<void> {
  const query = { all, volumes }
  const plan = await session.client.json<PrunePlan>('GET', '/engineroom/v1/data/prune', { query })
  session.output.write(previewOf(plan))
  if (isEmpty(plan)) return
  if (!yes && !(await confirm(session, 'Are you sure you want to continue?'))) return
  const body = {
    containers: plan.containers.map(({ id }) => id),
    images: plan.images.map(({ id }) => id),
    volumes: plan.volumes.map(({ name }) => name),
    buildCaches: plan.buildCaches.map(({ name }) => name),
  }
  const { reclaimedBytes, ...removed } = await session.client.json<PruneResult>('POST', '/engineroom/v1/data/prune', { query, body })
  printDeleted(session, 'Containers', removed.containers)
  printDeleted(session, 'Images', removed.images)
  printDeleted(session, 'Volumes', removed.volumes)
  printDeleted(session, 'build cache objects', removed.buildCaches)
  printReclaimed(session, reclaimedBytes)
}

function isEmpty({ containers, images, volumes, buildCaches }: PrunePlan): boolean {
  return [containers, images, volumes, buildCaches].every((list) => list.length === 0)
}

function previewOf(plan: PrunePlan): string {
  if (isEmpty(plan)) return 'Nothing to remove\n'
  const line = (name: string, bytes: number) => `      ${name}  ${humanSize(bytes)}\n`
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? '' : `  - ${title}\n${lines.join('')}`)
  const images = plan.images.map(({ id, names }) => `      ${id.slice('sha256:'.length, 'sha256:'.length + 12)}  ${names.join(' ') || '<none>'}\n`)
  return [
    'WARNING! This will remove:\n',
    section(
      'stopped containers:',
      plan.containers.map(({ id, name, bytes }) => line(`${id.slice(0, 12)}  ${name}`, bytes)),
    ),
    section(`images, with ${humanSize(plan.layerBytes + plan.blobBytes)} that nothing else needs:`, images),
    section(
      'anonymous volumes not used by at least one container:',
      plan.volumes.map(({ name, bytes }) => line(name, bytes)),
    ),
    section(
      'unused build cache:',
      plan.buildCaches.map(({ name, bytes }) => line(name.slice(0, 12), bytes)),
    ),
    `\nThis will reclaim ${humanSize(plan.bytes)}.\n\n`,
  ].join('')
}
