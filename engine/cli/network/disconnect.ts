import { inPath } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import type { Session } from '../session.ts'

export interface DisconnectOptions {
  readonly force?: boolean
}

/** `engineroom network disconnect` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'network disconnect',
    usage: '[OPTIONS] NETWORK CONTAINER',
    summary: 'Disconnect a container from a network',
    atLeast: 2,
    atMost: 2,
  })
    .flag('-f, --force', 'Force the container to disconnect from a network')
    .perform<DisconnectOptions>(([network = '', container = ''], { force = false }) =>
      session.client.call('POST', `/networks/${inPath(network)}/disconnect`, { body: { Container: container, Force: force } }),
    )
}
