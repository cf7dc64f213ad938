import { inPath } from '../api-client.ts'
import type { ContainerInspect } from '../api-types.ts'
import { CliCommand } from '../command/command.ts'
import { timestamp } from '../command/timestamp.ts'
import type { Session } from '../session.ts'
import { copyOutput } from '../streams/copy-output.ts'

export interface LogsOptions {
  readonly follow?: boolean
  readonly tail?: string
  readonly since?: string
  readonly until?: string
  readonly timestamps?: boolean
  readonly details?: boolean
}

/** `engineroom logs` */
export function command(session: Session): CliCommand {
  const moment = 'timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'
  return new CliCommand({
    path: 'logs',
    usage: '[OPTIONS] CONTAINER',
    summary: 'Fetch the logs of a container',
    aliases: ['container logs', 'logs'],
    atLeast: 1,
    atMost: 1,
  })
    .flag('--details', 'Show extra details provided to logs')
    .flag('-f, --follow', 'Follow log output')
    .flag('--since <string>', `Show logs since ${moment}`)
    .flag('-n, --tail <string>', 'Number of lines to show from the end of the logs (default "all")')
    .flag('-t, --timestamps', 'Show timestamps')
    .flag('--until <string>', `Show logs before a ${moment}`)
    .perform<LogsOptions>(([name = ''], options) => logs(session, name, options))
}

export async function logs(session: Session, name: string, options: LogsOptions): Promise<void> {
  const { Id, Config } = await session.client.json<ContainerInspect>('GET', `/containers/${inPath(name)}/json`)
  const { follow, tail = 'all', timestamps, details } = options
  const since = timestamp('since', options.since)
  const until = timestamp('until', options.until)
  const source = await session.client.stream('GET', `/containers/${Id}/logs`, {
    query: { stdout: true, stderr: true, follow, tail, timestamps, details, since, until },
  })
  await copyOutput(source, session.output, session.errors, Config.Tty)
}
