import { CliCommand } from '../command/command.ts'
import { FORMAT_HELP } from '../format/format-help.ts'
import { type ListingShape, renderListing } from '../format/listing.ts'
import { humanSize } from '../format/size.ts'
import type { Session } from '../session.ts'
import { type DiskUsage, verboseUsage } from './df-verbose.ts'

export interface DfOptions {
  readonly format?: string
  readonly verbose?: boolean
}

/** `engineroom system df` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'system df', usage: '[OPTIONS]', summary: 'Show disk usage by images, containers and volumes' })
    .flag('--format <string>', FORMAT_HELP)
    .flag('-v, --verbose', 'Show detailed information on space usage')
    .perform<DfOptions>((_, options) => df(session, options))
}

export async function df(session: Session, { format = 'table', verbose }: DfOptions): Promise<void> {
  const usage = await session.client.json<DiskUsage>('GET', '/system/df')
  session.output.write(verbose ? verboseUsage(usage, format) : renderListing(LISTING, format, summary(usage)))
}

/** A line of the table. */
interface UsageRow {
  readonly type: string
  readonly total: number
  readonly active: number
  readonly bytes: number
  readonly reclaimableBytes: number
  /** Whether the part of it that is reclaimable is told, too. */
  readonly withPart: boolean
}

const LISTING: ListingShape<UsageRow> = {
  table: 'table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}',
  columns: {
    Type: ['TYPE', ({ type }) => type],
    TotalCount: ['TOTAL', ({ total }) => String(total)],
    Active: ['ACTIVE', ({ active }) => String(active)],
    Size: ['SIZE', ({ bytes }) => humanSize(bytes)],
    Reclaimable: ['RECLAIMABLE', reclaimableText],
  },
}

function reclaimableText({ bytes, reclaimableBytes, withPart }: UsageRow): string {
  return `${humanSize(reclaimableBytes)}${withPart && bytes > 0 ? ` (${Math.floor((reclaimableBytes * 100) / bytes)}%)` : ''}`
}

function summary({ LayersSize, Images, Containers, Volumes, BuildCache }: DiskUsage): UsageRow[] {
  const images = Images ?? []
  const usedImages = images.filter((image) => image.Containers > 0)
  const measured = usedImages.filter(({ Size, SharedSize }) => Size >= 0 && SharedSize >= 0)
  const isUsed = ({ UsageData }: VolumeUsage) => (UsageData?.RefCount ?? 0) > 0
  return [
    {
      type: 'Images',
      total: images.length,
      active: usedImages.length,
      bytes: LayersSize,
      reclaimableBytes: LayersSize - sum(measured, ({ Size, SharedSize }) => Size - SharedSize),
      withPart: true,
    },
    rowOf(
      'Containers',
      Containers ?? [],
      ({ State }) => ['running', 'paused', 'restarting'].includes(State),
      ({ SizeRw = 0 }) => SizeRw,
      true,
    ),
    rowOf('Local Volumes', Volumes ?? [], isUsed, ({ UsageData }) => Math.max(UsageData?.Size ?? 0, 0), true),
    rowOf(
      'Build Cache',
      BuildCache ?? [],
      ({ InUse }) => InUse,
      ({ Size }) => Size,
      false,
    ),
  ] // prettier-ignore
}

type VolumeUsage = NonNullable<DiskUsage['Volumes']>[number]

/** Of things that are reclaimable unless they are active. */
function rowOf<T>(type: string, items: readonly T[], isActive: (item: T) => boolean, bytesOf: (item: T) => number, withPart: boolean): UsageRow {
  const idle = items.filter((item) => !isActive(item))
  return { type, total: items.length, active: items.length - idle.length, bytes: sum(items, bytesOf), reclaimableBytes: sum(idle, bytesOf), withPart }
}

function sum<T>(items: readonly T[], bytesOf: (item: T) => number): number {
  return items.reduce((total, item) => total + bytesOf(item), 0)
}
