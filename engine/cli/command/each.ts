import { messageOf } from '../../errors.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'

/**
 * Does something to each of several things at once, and prints the names of those that went well, in the order given.
 * @param forgives says which failures are told to the person, but are none
 * @throws ExitError 1 with all that went wrong, a line each
 */
export async function forEachName(
  session: Session,
  names: readonly string[],
  work: (name: string) => Promise<void>,
  forgives: (failure: unknown) => boolean = () => false,
): Promise<void> {
  const results = await Promise.allSettled(names.map((name) => work(name)))
  const failures: string[] = []
  for (const [at, result] of results.entries()) {
    if (result.status === 'fulfilled') session.print(names[at] ?? '')
    else if (forgives(result.reason)) session.say(messageOf(result.reason))
    else failures.push(messageOf(result.reason))
  }
  if (failures.length > 0) throw new ExitError(1, failures.join('\n'))
}
