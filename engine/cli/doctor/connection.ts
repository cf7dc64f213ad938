import { hasCode, messageOf } from '../../errors.ts'
import { ConnectionError } from '../api-error.ts'
import type { Endpoint } from '../host.ts'
import type { Finding } from './finding.ts'

/** Whoever asks, as far as it matters for the way to an engine. */
export interface Asker {
  readonly userName: string
  /** The group that has the socket; none when there is no socket. */
  readonly socketGroup: string | undefined
  /** Whether the package's units are here. */
  readonly hasService: boolean
}

const START = ['systemctl', 'start', 'engineroom.socket', 'engineroom.service'] as const

/** Why an engine was not reached. @param thrown by the attempt */
export function connectionFinding(thrown: unknown, { name, address }: Endpoint, { userName, socketGroup, hasService }: Asker): Finding {
  const what = `the engine at ${name}`
  const cause = thrown instanceof ConnectionError ? thrown.cause : thrown
  const isHere = 'socketPath' in address
  if (isHere && hasCode(cause, 'EACCES', 'EPERM')) {
    const remedy =
      socketGroup === undefined
        ? 'Use sudo.'
        : `As root: adduser ${userName} ${socketGroup}\nThen log in again. Members of this group are root on this machine.`
    return { what, problem: 'you may not use its socket', remedy }
  }
  if (isHere && hasCode(cause, 'ENOENT', 'ECONNREFUSED')) {
    const problem = hasCode(cause, 'ENOENT') ? 'it does not run: there is no socket' : 'it does not run any more: nobody listens at its socket'
    return hasService ? { what, problem, remedy: `As root: ${START.join(' ')}`, mend: START } : { what, problem, remedy: 'As root: engineroom daemon' }
  }
  return {
    what,
    problem: messageOf(cause),
    ...(isHere ? {} : { remedy: 'Is the address right, and does the engine there listen to other machines (-H tcp://…)?' }),
  }
}
