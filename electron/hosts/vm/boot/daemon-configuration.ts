import { THIS_COMPUTER } from '../follow/proxies.ts'
import type { VmSettings } from '../settings.ts'
import type { Share } from '../shares.ts'

/** What containers call the computer that they run on, as under Docker Desktop. */
const NAMES = ['host.docker.internal', 'gateway.docker.internal']

/** daemon.json of the engine in the guest. */
export function daemonConfiguration(shares: readonly Share[], { hostNetwork = false }: Pick<VmSettings, 'hostNetwork'>): Readonly<Record<string, unknown>> {
  return {
    'ports-of-vm-host': true,
    'folders-of-vm-host': shares.map(({ path }) => path),
    'host-gateway-ips': [THIS_COMPUTER],
    'names-of-vm-host': NAMES,
    'localhost-of-vm-host': hostNetwork,
  }
}
