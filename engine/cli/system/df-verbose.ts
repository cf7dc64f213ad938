import { humanDuration } from '../../api/times.ts'
import { familiarRepository, parseReference } from '../../images/reference.ts'
import type { ContainerSummary, ImageSummary, VolumeSummary } from '../api-types.ts'
import { containerListing } from '../container/ps-columns.ts'
import { shortId } from '../format/identifiers.ts'
import { type ListingShape, listTemplate, renderListing, rowOf } from '../format/listing.ts'
import { humanSize } from '../format/size.ts'
import { type ImageRow, imageListing } from '../image/images-rows.ts'
import { ROW } from '../template/values.ts'
import { VOLUME_LISTING } from '../volume/ls.ts'

/** @see Engine API 1.51 BuildCache */
interface BuildCacheRecord {
  readonly ID: string
  readonly Type: string
  readonly Size: number
  readonly CreatedAt: string
  readonly LastUsedAt?: string | null
  readonly UsageCount: number
  readonly InUse: boolean
  readonly Shared: boolean
}

/** @see Engine API 1.51 SystemDataUsage */
export interface DiskUsage {
  readonly LayersSize: number
  readonly Images: readonly ImageSummary[] | null
  readonly Containers: readonly ContainerSummary[] | null
  readonly Volumes: readonly VolumeSummary[] | null
  readonly BuildCache: readonly BuildCacheRecord[] | null
}

/** `system df -v`: each thing on a line of its own, or all of them in one template. @throws Error with Go's words about the template */
export function verboseUsage(usage: DiskUsage, format: string): string {
  const images = (usage.Images ?? []).map(imageRow)
  // What of the image lies below a container is told with the images.
  const containers = (usage.Containers ?? []).map(({ SizeRootFs: _, ...container }) => container)
  const [volumes, caches] = [usage.Volumes ?? [], usage.BuildCache ?? []]
  const isTable = format === '' || format === 'table'
  const shapes = {
    images: { ...imageListing(isTable, false), table: IMAGES },
    containers: { ...containerListing(isTable, false), table: CONTAINERS },
    volumes: { ...VOLUME_LISTING, table: VOLUMES },
  }
  if (!isTable) {
    const all = {
      Images: images.map((image) => rowOf(shapes.images, image)),
      Containers: containers.map((container) => rowOf(shapes.containers, container)),
      Volumes: volumes.map((volume) => rowOf(shapes.volumes, volume)),
      BuildCache: caches.map((cache) => rowOf(CACHE_LISTING, cache)),
    }
    return listTemplate(format === 'json' ? '{{json .}}' : format).render(Object.defineProperty(all, ROW, { value: true }))
  }
  const cacheBytes = caches.reduce((total, { Size }) => total + Size, 0)
  return [
    `Images space usage:\n\n${renderListing(shapes.images, 'table', images)}`,
    `Containers space usage:\n\n${renderListing(shapes.containers, 'table', containers)}`,
    `Local Volumes space usage:\n\n${renderListing(shapes.volumes, 'table', volumes)}`,
    `Build cache usage: ${humanSize(cacheBytes)}\n\n${renderListing(CACHE_LISTING, 'table', caches)}`,
  ].join('\n')
}

const IMAGES =
  'table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}'
const CONTAINERS = 'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}'
const VOLUMES = 'table {{.Name}}\t{{.Links}}\t{{.Size}}'

const ago = (iso: string | null | undefined) => (iso ? `${humanDuration(Date.now() - Date.parse(iso))} ago` : '')

const CACHE_LISTING: ListingShape<BuildCacheRecord> = {
  table: 'table {{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}',
  columns: {
    ID: ['CACHE ID', ({ ID, InUse }) => `${shortId(ID)}${InUse ? '*' : ''}`],
    CacheType: ['CACHE TYPE', ({ Type }) => Type],
    Size: ['SIZE', ({ Size }) => humanSize(Size, 3)],
    CreatedSince: ['CREATED', ({ CreatedAt }) => ago(CreatedAt)],
    LastUsedSince: ['LAST USED', ({ LastUsedAt }) => ago(LastUsedAt)],
    UsageCount: ['USAGE', ({ UsageCount }) => String(UsageCount)],
    InUse: ['IN USE', ({ InUse }) => String(InUse)],
    Shared: ['SHARED', ({ Shared }) => String(Shared)],
  },
}

/** Under the first of its names. */
function imageRow(image: ImageSummary): ImageRow {
  const [name] = image.RepoTags ?? []
  if (name === undefined || name.startsWith('<none>')) return { image, repository: '<none>', tag: '<none>', digest: '' }
  const reference = parseReference(name)
  return { image, repository: familiarRepository(reference), tag: reference.tag ?? '', digest: '' }
}
