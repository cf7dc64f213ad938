import { CliCommand } from '../command/command.ts'
import { INSPECT_FORMAT_HELP } from '../format/format-help.ts'
import type { Session } from '../session.ts'
import { inspect } from '../system/inspect.ts'

/** `engineroom network inspect` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'network inspect',
    usage: '[OPTIONS] NETWORK [NETWORK...]',
    summary: 'Display detailed information on one or more networks',
    atLeast: 1,
  })
    .flag('-f, --format <string>', INSPECT_FORMAT_HELP)
    .flag('-v, --verbose', 'Verbose output for diagnostics')
    .perform<{ readonly format?: string }>((names, { format }) => inspect(session, names, { type: 'network', ...(format !== undefined && { format }) }))
}
