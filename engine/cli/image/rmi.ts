import { messageOf } from '../../errors.ts'
import { inPath } from '../api-client.ts'
import { isNotFound } from '../api-error.ts'
import { CliCommand } from '../command/command.ts'
import type { Session } from '../session.ts'

export interface RmiOptions {
  readonly force?: boolean
  readonly prune: boolean
}

/** `engineroom rmi` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'rmi',
    usage: '[OPTIONS] IMAGE [IMAGE...]',
    summary: 'Remove one or more images',
    aliases: ['image rm', 'image remove', 'rmi'],
    atLeast: 1,
  })
    .flag('-f, --force', 'Force removal of the image')
    .flag('--no-prune', 'Do not delete untagged parents')
    .perform<RmiOptions>((names, options) => rmi(session, names, options))
}

/** One after the other: an image may be the parent of the next. */
export async function rmi(session: Session, names: readonly string[], { force, prune }: RmiOptions): Promise<void> {
  const failures: unknown[] = []
  for (const name of names) {
    try {
      const removed = await session.client.json<{ Deleted?: string; Untagged?: string }[]>('DELETE', `/images/${inPath(name)}`, {
        query: { force, noprune: !prune },
      })
      for (const { Deleted, Untagged } of removed) session.print(Deleted ? `Deleted: ${Deleted}` : `Untagged: ${Untagged}`)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 0) return
  const text = failures.map(messageOf).join('\n')
  if (!force || !failures.every(isNotFound)) throw new Error(text)
  session.say(text)
}
