import { setTimeout as delay } from 'node:timers/promises'
import type { Machine } from '../driver.ts'
import { HostPorts } from './host-ports.ts'
import { EngineUnreachable, openPortChannel } from './port-channel.ts'

/** An engine that was started again in its guest takes a moment. */
const OPEN_AGAIN_MS = 500

/** That of a guest that goes on is there in a moment. */
const REACH_AGAIN_MS = 50

/**
 * Offers this computer's ports to the engine of a machine, until the machine is off. Resolves once the first channel is
 * open: then no container can publish anything without us.
 * @param onOpen told of each further channel: an engine was started again
 * @throws PlainError when there is none to be had; the signal's reason
 */
export async function servePorts(machine: Machine, engineSocket: string, signal: AbortSignal, onOpen: () => void): Promise<void> {
  const ports = new HostPorts(machine)
  const off = new AbortController()
  void machine.ended.then(() => off.abort())
  const { ended } = await openFirst(engineSocket, ports, AbortSignal.any([signal, off.signal]))
  void keepOpen(ended, () => openPortChannel(engineSocket, ports, off.signal), onOpen, off.signal)
}

async function openFirst(engineSocket: string, ports: HostPorts, signal: AbortSignal): ReturnType<typeof openPortChannel> {
  for (;;) {
    try {
      return await openPortChannel(engineSocket, ports, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof EngineUnreachable)) throw error
    }
    await delay(REACH_AGAIN_MS)
  }
}

async function keepOpen(first: Promise<void>, open: () => Promise<{ readonly ended: Promise<void> }>, onOpen: () => void, off: AbortSignal): Promise<void> {
  let ended = first
  for (;;) {
    await ended
    if (off.aborted) return
    // One that is not there yet has ended, too, after a while.
    ended = open().then(
      (channel) => {
        onOpen()
        return channel.ended
      },
      () => delay<void>(OPEN_AGAIN_MS),
    )
  }
}
