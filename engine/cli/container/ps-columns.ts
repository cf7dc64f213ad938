import { humanDuration } from '../../api/times.ts'
import { familiarName, parseReference } from '../../images/reference.ts'
import type { ContainerSummary } from '../api-types.ts'
import { ellipsis, goTimeText, labelMethod, labelsText, shortId } from '../format/identifiers.ts'
import type { ListingShape } from '../format/listing.ts'
import { humanSize } from '../format/size.ts'
import { portsText } from './ports-text.ts'

const TABLE = 'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}'

const RAW = `container_id: {{.ID}}
image: {{.Image}}
command: {{.Command}}
created_at: {{.CreatedAt}}
state: {{- pad .State 1 0}}
status: {{- pad .Status 1 0}}
names: {{.Names}}
labels: {{- pad .Labels 1 0}}
ports: {{- pad .Ports 1 0}}
`

/** How `ps` lists containers. @param withSize adds the size to the table */
export function containerListing(isTruncated: boolean, withSize: boolean): ListingShape<ContainerSummary> {
  return {
    table: withSize ? `${TABLE}\t{{.Size}}` : TABLE,
    raw: withSize ? `${RAW}size: {{.Size}}\n` : RAW,
    columns: {
      ID: ['CONTAINER ID', ({ Id }) => (isTruncated ? shortId(Id) : Id)],
      Names: ['NAMES', ({ Names }) => namesText(Names, isTruncated)],
      Image: ['IMAGE', (container) => imageText(container, isTruncated)],
      Command: ['COMMAND', ({ Command }) => JSON.stringify(isTruncated ? ellipsis(Command, 20) : Command)],
      CreatedAt: ['CREATED AT', ({ Created }) => goTimeText(Created)],
      RunningFor: ['CREATED', ({ Created }) => `${humanDuration(Date.now() - Created * 1000)} ago`],
      Ports: ['PORTS', ({ Ports }) => portsText(Ports)],
      State: ['STATE', ({ State }) => State],
      Status: ['STATUS', ({ Status }) => Status],
      Size: ['SIZE', sizeText],
      Labels: ['LABELS', ({ Labels }) => labelsText(Labels)],
      Mounts: [
        'MOUNTS',
        ({ Mounts }) =>
          Mounts.map(({ Name, Source }) => Name || Source)
            .map((name) => (isTruncated ? ellipsis(name, 15) : name))
            .join(','),
      ],
      LocalVolumes: ['LOCAL VOLUMES', ({ Mounts }) => String(Mounts.filter(({ Driver }) => Driver === 'local').length)],
      Networks: ['NETWORKS', ({ NetworkSettings }) => Object.keys(NetworkSettings?.Networks ?? {}).join(',')],
      Platform: ['PLATFORM', () => null],
    },
    methods: { Label: labelMethod(({ Labels }) => Labels) },
  } // prettier-ignore
}

/** A container of nobody, to try a template on. */
export const NO_CONTAINER: ContainerSummary = {
  Id: '',
  Names: [],
  Image: '',
  ImageID: '',
  Command: '',
  Created: 0,
  Ports: [],
  Labels: null,
  State: '',
  Status: '',
  Mounts: [],
} // prettier-ignore

/** One name when cut; names that links gave have a slash inside. */
function namesText(names: readonly string[], isTruncated: boolean): string {
  const bare = names.map((name) => name.replace(/^\//, ''))
  return isTruncated ? (bare.find((name) => !name.includes('/')) ?? '') : bare.join(',')
}

function imageText({ Image, ImageID }: ContainerSummary, isTruncated: boolean): string {
  if (Image === '') return '<no image>'
  if (!isTruncated) return Image
  if (shortId(Image) === shortId(ImageID)) return shortId(ImageID)
  try {
    return familiarName({ ...parseReference(Image), digest: undefined })
  } catch {
    return Image // An id, or something that only the daemon understands.
  }
}

function sizeText({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  return SizeRootFs > 0 ? `${humanSize(SizeRw, 3)} (virtual ${humanSize(SizeRootFs, 3)})` : humanSize(SizeRw, 3)
}
