import { inPath } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { forEachName } from '../command/each.ts'
import type { Session } from '../session.ts'

export interface KillOptions {
  readonly signal?: string
}

/** `engineroom kill` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'kill',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    summary: 'Kill one or more running containers',
    aliases: ['container kill', 'kill'],
    atLeast: 1,
  })
    .flag('-s, --signal <string>', 'Signal to send to the container')
    .perform<KillOptions>((names, options) => kill(session, names, options))
}

export function kill(session: Session, names: readonly string[], { signal }: KillOptions): Promise<void> {
  return forEachName(session, names, (name) => session.client.call('POST', `/containers/${inPath(name)}/kill`, { query: { signal } }))
}
