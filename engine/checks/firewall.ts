import { readFile } from 'node:fs/promises'
import { listChain } from '../linux/nft.ts'
import { foreignComment } from '../networks/ruleset.ts'
import { type Check, fine } from './check.ts'

export interface Forwarding {
  readonly isOn: boolean
  /** The chain in which others keep their rules, as nft lists it. */
  readonly foreignChain: string | undefined
  readonly hasFirewalld: boolean
}

/** @param bridge of the default network */
export async function checkFirewall(bridge: string): Promise<Check> {
  const [forward, foreignChain, firewalld] = await Promise.all([
    readFile('/proc/sys/net/ipv4/ip_forward', 'utf8'),
    listChain('ip', 'filter', 'FORWARD'),
    listChain('inet', 'firewalld', 'filter_FORWARD'),
  ])
  return firewallCheck({ isOn: forward.trim() === '1', foreignChain, hasFirewalld: firewalld !== undefined }, bridge)
}

/** A packet of a container needs the consent of the kernel and of every chain. */
export function firewallCheck({ isOn, foreignChain, hasFirewalld }: Forwarding, bridge: string): Check {
  const named = { id: 'firewall', title: 'Firewall' }
  if (!isOn)
    return {
      ...named,
      state: 'fail',
      detail: 'The kernel forwards nothing (net.ipv4.ip_forward is 0): containers reach no other machine, and no other machine their ports.',
      fix: 'Switch forwarding on.',
      command: 'sysctl -w net.ipv4.ip_forward=1',
    }
  if (hasFirewalld)
    return {
      ...named,
      state: 'warn',
      detail: `firewalld runs. It refuses what belongs to none of its zones, and ${bridge} may be such.`,
      fix: `Put ${bridge} into the zone of what is trusted.`,
      command: `firewall-cmd --permanent --zone=trusted --add-interface=${bridge} && firewall-cmd --reload`,
    }
  if (foreignChain?.includes('policy drop;') && !foreignChain.includes(`"${foreignComment(bridge)}"`))
    return {
      ...named,
      state: 'fail',
      detail: `Another firewall forwards nothing by default, and the rules that let ${bridge} through are gone from its chain FORWARD.`,
      fix: 'Restart the engine: it puts them there again. Containers run on meanwhile.',
    }
  return { ...named, ...fine('The kernel forwards, and no firewall that we know stands in the way of containers.') }
}
