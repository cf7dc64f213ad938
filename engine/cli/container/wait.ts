import { text } from 'node:stream/consumers'
import { messageOf } from '../../errors.ts'
import type { WaitAnswer } from '../api-types.ts'
import type { Session } from '../session.ts'

/**
 * Begins to wait for the end of a container; settles once the daemon has heard it, so that no end can be missed.
 * @returns a promise of the container's exit code; 125, with a word about it, when the daemon cannot tell
 */
export async function beginWait({ client, errors }: Session, id: string, condition: 'next-exit' | 'removed'): Promise<{ exitCode: Promise<number> }> {
  const response = await client.stream('POST', `/containers/${id}/wait`, { query: { condition } })
  const read = async () => {
    try {
      const answer: WaitAnswer = JSON.parse(await text(response))
      if (!answer.Error) return answer.StatusCode
      errors.write(`Error waiting for container: ${answer.Error.Message}\n`)
    } catch (error) {
      errors.write(`error waiting for container: ${messageOf(error)}\n`)
    }
    return 125
  }
  return { exitCode: read() }
}
