import { messageOf } from '../../../errors.ts'
import type { ConsoleLog } from '../console-log.ts'
import type { Machine } from '../driver.ts'
import { onClockJump } from './clock-jumps.ts'
import type { HostNetwork, NetworkSource } from './host-network.ts'
import { type Telling, tellEngine } from './tell-engine.ts'

/** A guest that does not answer for so long is told again at the next occasion. */
const ANSWER_DEADLINE_MS = 30_000

export interface FollowParts {
  readonly machine: Pick<Machine, 'ended' | 'onResume'>
  readonly engineSocket: string
  readonly network: NetworkSource
  readonly console: Pick<ConsoleLog, 'write'>
}

/** How the guest hears of this computer. */
export interface Following {
  /** How this computer gets out, before anybody else talks to the engine; the time right after. @throws PlainError when it does not know of such a thing */
  tellFirst(signal: AbortSignal): Promise<void>
  /** Tells it again. Never rejects: why it could not be told is on the console. */
  tell(): Promise<void>
}

/**
 * Has the guest follow what changes on this computer, until the machine is off: its clock, when the machine went on after a
 * stop, and when the computer slept or its clock was put right; its proxies, authorities and certificates for registries.
 */
export function followHost({ machine, engineSocket, network, console }: FollowParts): Following {
  const off = new AbortController()
  // Read while the machine boots.
  let latest: Promise<HostNetwork> = network.read()
  const clock: Telling = { path: 'clock', facts: () => ({ now: Date.now() }) }
  const ofNetwork = async (): Promise<Telling> => {
    const facts = await latest
    return { path: 'network', facts: () => facts }
  }
  const say = (tellings: readonly Telling[], signal: AbortSignal) => tellEngine(engineSocket, tellings, AbortSignal.any([signal, off.signal]))
  const attempt = async (tellings: Promise<readonly Telling[]>) => {
    try {
      await say(await tellings, AbortSignal.timeout(ANSWER_DEADLINE_MS))
    } catch (error) {
      if (!off.signal.aborted) console.write(`engineroom: the guest was not told what has changed here: ${messageOf(error)}`)
    }
  }
  const tell = () => {
    latest = network.read()
    return attempt(ofNetwork().then((one) => [clock, one]))
  }
  const tellFirst = async (signal: AbortSignal) => {
    await say([await ofNetwork()], signal)
    // It is less than a second behind, and containers that start with the engine run by that already.
    void attempt(Promise.resolve([clock]))
  }
  machine.onResume(() => void tell())
  const watching = new DisposableStack()
  watching.use(onClockJump(() => void tell()))
  watching.use(network.watch(() => void tell()))
  void machine.ended.then(() => {
    off.abort()
    watching.dispose()
  })
  return { tellFirst, tell }
}
