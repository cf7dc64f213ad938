import { inPath } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { forEachName } from '../command/each.ts'
import { integer } from '../command/values.ts'
import type { Session } from '../session.ts'

export interface StopOptions {
  readonly signal?: string
  /** Seconds; -1 waits for ever. */
  readonly timeout?: number
}

/** `engineroom stop` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'stop',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    summary: 'Stop one or more running containers',
    aliases: ['container stop', 'stop'],
    atLeast: 1,
  })
    .flag('-s, --signal <string>', 'Signal to send to the container')
    .flag('-t, --timeout <int>', 'Seconds to wait before killing the container', integer)
    .hiddenFlag('--time <int>', integer)
    .perform<StopOptions & { time?: number }>((names, { time, ...options }) => stop(session, names, { timeout: time, ...options }))
}

export function stop(session: Session, names: readonly string[], { signal, timeout }: StopOptions): Promise<void> {
  return forEachName(session, names, (name) => session.client.call('POST', `/containers/${inPath(name)}/stop`, { query: { signal, t: timeout } }))
}
