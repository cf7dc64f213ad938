import { filtersOf } from '../api-client.ts'
import type { ImageSummary } from '../api-types.ts'
import { CliCommand } from '../command/command.ts'
import { filter, list } from '../command/values.ts'
import { FORMAT_HELP } from '../format/format-help.ts'
import { renderListing } from '../format/listing.ts'
import type { Session } from '../session.ts'
import { imageListing, imageRows } from './images-rows.ts'

export interface ImagesOptions {
  readonly all?: boolean
  readonly digests?: boolean
  readonly filter?: readonly string[]
  readonly format?: string
  readonly quiet?: boolean
  readonly trunc: boolean
}

/** `engineroom images` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'images',
    usage: '[OPTIONS] [REPOSITORY[:TAG]]',
    summary: 'List images',
    aliases: ['image ls', 'image list', 'images'],
    atMost: 1,
  })
    .flag('-a, --all', 'Show all images (default hides intermediate images)')
    .flag('--digests', 'Show digests')
    .flag('-f, --filter <filter>', 'Filter output based on conditions provided', list(filter))
    .flag('--format <string>', FORMAT_HELP)
    .flag('--no-trunc', "Don't truncate output")
    .flag('-q, --quiet', 'Only show image IDs')
    .perform<ImagesOptions>(([name], options) => images(session, name, options))
}

/** @param name shows only images that it fits, as in `web`, `web:1` or `*:latest` */
export async function images(session: Session, name: string | undefined, options: ImagesOptions): Promise<void> {
  const { all, digests = false, quiet, trunc } = options
  const filters = filtersOf([...(options.filter ?? []), ...(name === undefined ? [] : [`reference=${name}`])])
  const found = await session.client.json<ImageSummary[]>('GET', '/images/json', { query: { all, filters } })
  const asked = options.format ?? (quiet ? '' : session.config.imagesFormat)
  const format = quiet && (asked === '' || asked === 'table') ? '{{.ID}}' : asked
  const withDigest = digests || format.includes('{{.Digest}}')
  const rows = found.flatMap((image) => imageRows(image, withDigest))
  session.output.write(renderListing(imageListing(trunc, digests), format, rows))
  if (name !== undefined && found.length === 0 && SUBCOMMANDS.has(name)) {
    session.say(`\nNo images found matching ${JSON.stringify(name)}: did you mean "engineroom image ${name}"?`)
  }
}

/** People mix up `images` and `image`. */
const SUBCOMMANDS = new Set(['inspect', 'list', 'load', 'ls', 'pull', 'rm'])
