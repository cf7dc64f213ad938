import { collectGarbage } from '../../registry-server/garbage.ts'
import { Registry } from '../../registry-server/registry.ts'
import { openStorage } from '../../registry-server/storage/open-storage.ts'
import { parseS3Settings, type S3Settings } from '../../registry-server/storage/s3-settings.ts'
import { CliCommand } from '../command/command.ts'
import { duration } from '../command/values.ts'
import { humanSize } from '../format/size.ts'
import type { Session } from '../session.ts'
import { storageOf } from './storage.ts'

export interface GarbageFlags {
  readonly deleteUntagged?: boolean
  readonly dryRun?: boolean
  readonly grace?: number
  readonly quiet?: boolean
  readonly root?: string
  readonly s3?: S3Settings
}

const DEFAULT_GRACE_MS = 24 * 3600 * 1000

/** `engineroom registry gc` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'registry gc', usage: '[OPTIONS]', summary: 'Remove what no image of a registry needs any more, also while it runs' })
    .flag('-m, --delete-untagged', 'Remove manifests, too, that no tag leads to')
    .flag('--dry-run', 'Only say what would be removed')
    .flag('--grace <duration>', 'Keep what is younger: its manifest may still be on the way (default 24h)', duration)
    .flag('-q, --quiet', 'Only print the total')
    .flag('--root <string>', 'Folder of the data (default "/var/lib/registry")')
    .flag('--s3 <string>', 'Bucket of the data instead of a folder: bucket=NAME,endpoint=URL,region=NAME,prefix=PATH', parseS3Settings)
    .perform<GarbageFlags>((_, flags) => collect(session, flags))
}

export async function collect(session: Session, { deleteUntagged = false, dryRun = false, grace, quiet = false, ...where }: GarbageFlags): Promise<void> {
  const registry = new Registry(await openStorage(storageOf(where)))
  const graceMs = grace === undefined ? DEFAULT_GRACE_MS : grace / 1e6
  const { untagged, blobs, sizeBytes } = await collectGarbage(registry, { graceMs, isDryRun: dryRun, withUntagged: deleteUntagged })
  if (!quiet) for (const { repository, digest } of untagged) session.print(`${repository}@${digest}`)
  if (!quiet) for (const digest of blobs) session.print(digest)
  session.print(`${dryRun ? 'Could reclaim' : 'Total reclaimed space:'} ${humanSize(sizeBytes)} of ${blobs.length} blob${blobs.length === 1 ? '' : 's'}`)
}
