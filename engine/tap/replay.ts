import type { Socket } from 'node:net'
import { Counter } from './conversation.ts'
import type { TapEvent } from './event.ts'
import { RenewedIds } from './renewed-ids.ts'
import { Sending } from './sending.ts'

export interface ReplayParts {
  /** A new connection to the engine. */
  readonly dial: () => Socket
  readonly tell: (event: TapEvent) => void
}

/** How a replay went. */
export interface Replayed {
  readonly sent: number
  /** What was answered with another status than in the recording, or not at all. */
  readonly differing: readonly string[]
}

/**
 * Sends recorded requests again, each once the answers that came before it in the recording have come again: so a container
 * is created before it is started. Ids that the engine gives out anew take the place of those recorded.
 */
export async function replay(recording: AsyncIterable<TapEvent>, { dial, tell }: ReplayParts): Promise<Replayed> {
  const counter = new Counter()
  const ids = new RenewedIds()
  const sendings = new Map<number, Sending>()
  const differing: string[] = []
  for await (const { exchange, passing } of recording) {
    const sending = sendings.get(exchange)
    if (passing.kind === 'request') sendings.set(exchange, new Sending(dial(), counter, { ...passing, target: ids.renewed(passing.target) }, tell))
    else if (!sending) continue
    else if (passing.kind === 'data' && passing.from === 'client') await sending.sendBody(ids.renewedIn(passing.data))
    else if (passing.kind === 'data') sending.recorded.add(passing.data)
    else if (passing.kind === 'end' && passing.from === 'client') sending.endBody()
    else if (passing.kind === 'response') {
      const status = await sending.status
      if (status !== passing.status) differing.push(`${sending.name}: was ${passing.status}, is now ${status ?? 'not answered'}`)
    } else {
      if (passing.kind === 'end') await sending.ended
      ids.learn(sending.recorded.text, sending.answered.text)
      sending.close()
    }
  }
  for (const sending of sendings.values()) sending.close()
  return { sent: sendings.size, differing }
}
