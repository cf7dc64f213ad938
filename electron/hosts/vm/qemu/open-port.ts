import { setTimeout as delay } from 'node:timers/promises'
import type { PortForward } from '../driver.ts'
import { freePort } from '../free-port.ts'
import { PortError } from '../ports/port-request.ts'
import { relayTcp } from '../ports/tcp-relay.ts'
import { tryBindUdp } from '../ports/try-bind-udp.ts'
import type { QmpClient } from './qmp.ts'

type Release = () => Promise<void>

/**
 * Leads a port of this computer's into the guest. QEMU's user network speaks IPv4 alone, and has room for two TCP
 * connections that it has not accepted yet; the kernel would try others again after 1, 3, 7 seconds and so on. So what
 * people connect to is ours, for TCP, and passes them on as fast as QEMU takes them.
 * @throws Error with the code of the bind that failed
 */
export async function openPort(monitor: QmpClient, { protocol, hostIp, hostPort, guestPort }: PortForward): Promise<Release> {
  if (protocol === 'udp') {
    if (hostIp.includes(':')) throw new PortError('EAFNOSUPPORT')
    await tryBindUdp(hostIp, hostPort)
    return openUserNetwork(monitor, `udp:${hostIp}:${hostPort}`, guestPort)
  }
  const between = await freePort()
  const release = await relayTcp(hostIp, hostPort, between, () => guestHasAnswered(monitor, guestPort))
  try {
    const releaseBetween = await openUserNetwork(monitor, `tcp:127.0.0.1:${between}`, guestPort)
    return async () => void (await Promise.all([release(), releaseBetween()]))
  } catch (error) {
    await release()
    throw error
  }
}

/** A guest that answers later, as a program's queue is full for example, does not hold up other connections. */
const ANSWERS_WITHIN_MS = 250
const LOOK_AGAIN_MS = 2

/**
 * Resolves when the guest has answered the connection that was made last. Of several that are begun at a time, the guest
 * might have room for fewer; it drops the last word of their handshake then, with what comes after, and QEMU's user
 * network, which takes them for established, never says it again. One by one, it is the first word that is dropped.
 */
async function guestHasAnswered(monitor: QmpClient, guestPort: number): Promise<void> {
  // The loop that answers is the one that accepts connections: after this, it has at least begun to look for them.
  await monitor.execute('query-name', {})
  const deadline = performance.now() + ANSWERS_WITHIN_MS
  while (isBegun(await ask(monitor, 'info usernet'), guestPort) && performance.now() < deadline) await delay(LOOK_AGAIN_MS)
}

/** @param connections as QEMU lists them: protocol and state, descriptor, source, destination, queues */
export function isBegun(connections: string, guestPort: number): boolean {
  return new RegExp(`^ *TCP\\[SYN_SENT\\] +\\d+ +\\S+ +\\d+ +\\S+ +${guestPort} `, 'm').test(connections)
}

/**
 * Has QEMU's user network listen, which says nothing when it does, and only that it could not when it could not.
 * @param here protocol, address and port as `hostfwd_add` takes them
 * @see https://www.qemu.org/docs/master/system/monitor.html, hostfwd_add
 */
async function openUserNetwork(monitor: QmpClient, here: string, guestPort: number): Promise<Release> {
  const complaint = await ask(monitor, `hostfwd_add net0 ${here}-:${guestPort}`)
  if (complaint !== '') throw new PortError('EADDRINUSE', complaint)
  return async () => {
    await ask(monitor, `hostfwd_remove net0 ${here}`).catch(() => undefined) // With the machine, its ports are gone.
  }
}

/** A machine that is off has no ports. */
async function ask(monitor: QmpClient, words: string): Promise<string> {
  return (await monitor.execute('human-monitor-command', { 'command-line': words })).trim()
}
