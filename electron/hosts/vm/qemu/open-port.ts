import type { PortForward } from '../driver.ts'
import { PortError } from '../ports/port-request.ts'
import { tryBind } from '../ports/try-bind.ts'
import type { QmpClient } from './qmp.ts'

/** A machine that is off has no ports. */
async function ask(monitor: QmpClient, words: string): Promise<string> {
  return (await monitor.execute('human-monitor-command', { 'command-line': words })).trim()
}

/**
 * Has QEMU's user network listen, which says nothing when it does, and only that it could not when it could not: so
 * the port is tried first.
 * @throws Error with the code of the bind that failed
 * @see https://www.qemu.org/docs/master/system/monitor.html, hostfwd_add
 */
export async function openPort(monitor: QmpClient, { protocol, hostIp, hostPort, guestPort }: PortForward): Promise<() => Promise<void>> {
  await tryBind(protocol, hostIp, hostPort)
  const here = `${protocol}:${hostIp}:${hostPort}`
  const complaint = await ask(monitor, `hostfwd_add net0 ${here}-:${guestPort}`)
  if (complaint !== '') throw new PortError('EADDRINUSE', complaint)
  return async () => {
    await ask(monitor, `hostfwd_remove net0 ${here}`).catch(() => undefined) // With the machine, its ports are gone.
  }
}
