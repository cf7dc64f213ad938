import { inPath } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { forEachName } from '../command/each.ts'
import type { Session } from '../session.ts'

export interface RmOptions {
  readonly force?: boolean
}

/** `engineroom volume rm` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'volume rm',
    usage: '[OPTIONS] VOLUME [VOLUME...]',
    summary: 'Remove one or more volumes. You cannot remove a volume that is in use by a container.',
    aliases: ['volume rm', 'volume remove'],
    atLeast: 1,
  })
    .flag('-f, --force', 'Force the removal of one or more volumes')
    .perform<RmOptions>((names, options) => rm(session, names, options))
}

/** @throws ExitError 1 with all that went wrong, a line each */
export function rm(session: Session, names: readonly string[], { force }: RmOptions): Promise<void> {
  return forEachName(session, names, (name) => session.client.call('DELETE', `/volumes/${inPath(name)}`, { query: { force } }))
}
