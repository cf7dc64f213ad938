import { messageOf } from '../../errors.ts'
import { inPath } from '../api-client.ts'
import { isNotFound } from '../api-error.ts'
import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'

export interface RmOptions {
  readonly force?: boolean
}

/** `engineroom network rm` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'network rm',
    usage: 'NETWORK [NETWORK...]',
    summary: 'Remove one or more networks',
    aliases: ['network rm', 'network remove'],
    atLeast: 1,
  })
    .flag('-f, --force', 'Do not error if the network does not exist')
    .perform<RmOptions>((names, options) => rm(session, names, options))
}

/** @throws ExitError 1 once all have been tried and what went wrong has been said */
export async function rm(session: Session, names: readonly string[], { force }: RmOptions): Promise<void> {
  let hasFailed = false
  for (const name of names) {
    try {
      await session.client.call('DELETE', `/networks/${inPath(name)}`)
      session.print(name)
    } catch (error) {
      if (force && isNotFound(error)) continue
      session.say(messageOf(error))
      hasFailed = true
    }
  }
  if (hasFailed) throw new ExitError(1, 'exit status 1')
}
