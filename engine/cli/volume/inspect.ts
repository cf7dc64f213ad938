import { CliCommand } from '../command/command.ts'
import { INSPECT_FORMAT_HELP } from '../format/format-help.ts'
import type { Session } from '../session.ts'
import { inspect } from '../system/inspect.ts'

/** `engineroom volume inspect` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'volume inspect',
    usage: '[OPTIONS] VOLUME [VOLUME...]',
    summary: 'Display detailed information on one or more volumes',
    atLeast: 1,
  })
    .flag('-f, --format <string>', INSPECT_FORMAT_HELP)
    .perform<{ readonly format?: string }>((names, { format }) => inspect(session, names, { type: 'volume', ...(format !== undefined && { format }) }))
}
