import { messageOf } from '../../errors.ts'
import { inPath } from '../api-client.ts'
import type { ContainerInspect } from '../api-types.ts'
import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'
import { runAttached } from './run-attached.ts'

export interface StartOptions {
  readonly attach?: boolean
  readonly interactive?: boolean
  readonly detachKeys?: string
}

/** `engineroom start` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'start',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    summary: 'Start one or more stopped containers',
    aliases: ['container start', 'start'],
    atLeast: 1,
  })
    .flag('-a, --attach', 'Attach STDOUT/STDERR and forward signals')
    .flag('--detach-keys <string>', 'Override the key sequence for detaching a container')
    .flag('-i, --interactive', "Attach container's STDIN")
    .perform<StartOptions>((names, options) => start(session, names, options))
}

export async function start(session: Session, names: readonly string[], options: StartOptions): Promise<void> {
  if (!options.attach && !options.interactive) return startAll(session, names)
  if (names.length > 1) throw new Error('you cannot start and attach multiple containers at once')
  const { Id, Config, HostConfig } = await session.client.json<ContainerInspect>('GET', `/containers/${inPath(names[0] ?? '')}/json`)
  const exitCode = await runAttached(session, Id, {
    stdin: options.interactive === true && Config.OpenStdin,
    stdout: true,
    stderr: true,
    isTty: Config.Tty,
    isRemovedAtExit: HostConfig.AutoRemove,
    proxiesSignals: !Config.Tty,
    detachKeys: options.detachKeys ?? session.config.detachKeys,
  })
  if (exitCode !== 0) throw new ExitError(exitCode)
}

/** One after the other: people count on the order. */
async function startAll(session: Session, names: readonly string[]): Promise<void> {
  const failed: string[] = []
  for (const name of names) {
    try {
      await session.client.call('POST', `/containers/${inPath(name)}/start`)
      session.print(name)
    } catch (error) {
      session.say(messageOf(error))
      failed.push(name)
    }
  }
  if (failed.length > 0) throw new Error(`Error: failed to start containers: ${failed.join(', ')}`)
}
