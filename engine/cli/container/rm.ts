import { inPath } from '../api-client.ts'
import { isNotFound } from '../api-error.ts'
import { CliCommand } from '../command/command.ts'
import { forEachName } from '../command/each.ts'
import type { Session } from '../session.ts'

export interface RmOptions {
  readonly force?: boolean
  readonly link?: boolean
  readonly volumes?: boolean
}

/** `engineroom rm` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'rm',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    summary: 'Remove one or more containers',
    aliases: ['container rm', 'container remove', 'rm'],
    atLeast: 1,
  })
    .flag('-f, --force', 'Force the removal of a running container (uses SIGKILL)')
    .flag('-l, --link', 'Remove the specified link')
    .flag('-v, --volumes', 'Remove anonymous volumes associated with the container')
    .perform<RmOptions>((names, options) => rm(session, names, options))
}

/** With `force`, a container that is not there is as good as removed. */
export function rm(session: Session, names: readonly string[], { force, link, volumes }: RmOptions): Promise<void> {
  const remove = async (name: string) => {
    const bare = name.replace(/^\/+|\/+$/g, '')
    if (bare === '') throw new Error('container name cannot be empty')
    await session.client.call('DELETE', `/containers/${inPath(bare)}`, { query: { force, link, v: volumes } })
  }
  return forEachName(session, names, remove, (failure) => force === true && isNotFound(failure))
}
