import { humanDuration } from '../../api/times.ts'
import { familiarRepository, parseReference } from '../../images/reference.ts'
import type { ImageSummary } from '../api-types.ts'
import { goTimeText, shortId } from '../format/identifiers.ts'
import type { ListingShape } from '../format/listing.ts'
import { humanSize } from '../format/size.ts'

/** One line of `images`: an image under one of its names. */
export interface ImageRow {
  readonly image: ImageSummary
  readonly repository: string
  readonly tag: string
  readonly digest: string
}

const NONE = '<none>'
const CREATED = '{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}'
const TABLE = `table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t${CREATED}\t{{.Size}}`
const TABLE_WITH_DIGEST = `table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t${CREATED}\t{{.Size}}`
const RAW = 'repository: {{ .Repository }}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n'

/** How `images` lists. */
export function imageListing(isTruncated: boolean, withDigest: boolean): ListingShape<ImageRow> {
  return {
    table: withDigest ? TABLE_WITH_DIGEST : TABLE,
    raw: RAW,
    columns: {
      ID: ['IMAGE ID', ({ image }) => (isTruncated ? shortId(image.Id) : image.Id)],
      Repository: ['REPOSITORY', ({ repository }) => repository],
      Tag: ['TAG', ({ tag }) => tag],
      Digest: ['DIGEST', ({ digest }) => digest],
      CreatedSince: ['CREATED', ({ image }) => `${humanDuration(Date.now() - image.Created * 1000)} ago`],
      CreatedAt: ['CREATED AT', ({ image }) => goTimeText(image.Created)],
      Size: ['SIZE', ({ image }) => humanSize(image.Size, 3)],
      Containers: ['CONTAINERS', ({ image }) => (image.Containers < 0 ? 'N/A' : String(image.Containers))],
      VirtualSize: ['SIZE', ({ image }) => humanSize(image.Size)],
      SharedSize: ['SHARED SIZE', ({ image }) => (image.SharedSize < 0 ? 'N/A' : humanSize(image.SharedSize))],
      UniqueSize: ['UNIQUE SIZE', ({ image }) => (image.SharedSize < 0 ? 'N/A' : humanSize(image.Size - image.SharedSize))],
    },
  }
}

/** A line per tag; with digests, per tag and digest; an image that has only digests is listed with them. */
export function imageRows(image: ImageSummary, withDigest: boolean): ImageRow[] {
  const tags = byRepository(image.RepoTags, (name) => parseReference(name).tag)
  const digests = byRepository(image.RepoDigests, (name) => parseReference(name).digest)
  if (tags.size === 0 && digests.size === 0) return [{ image, repository: NONE, tag: NONE, digest: NONE }]
  const rows: ImageRow[] = []
  for (const [repository, names] of tags) {
    const shown = withDigest ? (digests.get(repository) ?? [NONE]) : [NONE]
    for (const tag of names) for (const digest of shown) rows.push({ image, repository, tag, digest })
    digests.delete(repository)
  }
  for (const [repository, found] of digests) {
    for (const digest of withDigest ? found : ['']) rows.push({ image, repository, tag: NONE, digest })
  }
  return rows
}

function byRepository(names: readonly string[] | null, partOf: (name: string) => string | undefined): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of names ?? []) {
    if (name.startsWith(NONE)) continue // How daemons before 1.43 say "no name".
    const repository = familiarRepository(parseReference(name))
    const part = partOf(name)
    if (part !== undefined) groups.set(repository, [...(groups.get(repository) ?? []), part])
  }
  return groups
}
