import { EngineError, messageOf } from '../errors.ts'
import { linkExists, removeLink } from '../linux/links.ts'
import { makeOwnedLink, ownerOfLink } from '../linux/owned-links.ts'
import { isInterfaceName } from './bridge-options.ts'
import type { KernelNames } from './kernel-names.ts'
import type { LiveNetwork } from './live-network.ts'
import type { Network } from './network.ts'
import { parentOf, subInterfaceDriver } from './sub-interface.ts'

/**
 * Refuses what the parent of a macvlan or ipvlan network cannot be, before it is made.
 * @param others all networks that there are
 * @throws EngineError with docker's words
 */
export function checkParent(network: Network, others: readonly Network[]): void {
  const parent = parentOf(network)
  const refused = (message: string) => new EngineError('system', message)
  const isPassthru = ({ options }: Network) => options.macvlan_mode === 'passthru'
  for (const other of others.filter((one) => one.driver === network.driver && one.id !== network.id && parentOf(one) === parent)) {
    if (network.driver === 'ipvlan') throw refused(`network di-${other.id.slice(0, 12)} is already using parent interface ${parent}`)
    if (isPassthru(network)) throw refused(`cannot use mode passthru, macvlan network ${other.id} is already using parent interface ${parent}`)
    if (isPassthru(other)) throw refused(`macvlan network ${other.id} is already using parent interface ${parent} in mode passthru`)
  }
  if (network.options.parent && !linkExists(parent)) vlanOf(parent)
}

/**
 * Makes sure of the parent: one that is not there is made, if its name says how, or nobody asked for any.
 * @throws EngineError with docker's words
 */
export async function raiseParent({ network, options }: LiveNetwork, names: KernelNames): Promise<void> {
  const name = parentOf(network)
  if (linkExists(name)) return
  const vlan = network.options.parent ? vlanOf(name) : undefined
  const kind = vlan ? ({ type: 'vlan', ...vlan } as const) : ({ type: 'dummy', mtu: options.mtu } as const)
  try {
    await makeOwnedLink({ name, temporaryName: names.bridgeOf(network.id), owner: names.linkOwner, kind })
  } catch (error) {
    throw new EngineError('system', vlan ? `failed to create ${name} vlan link: ${messageOf(error)}` : messageOf(error), { cause: error })
  }
}

/** Takes away a parent that we made, when no other network stands on it. Idempotent. @param others all networks that there are */
export async function lowerParent(network: Network, others: readonly Network[], names: KernelNames): Promise<void> {
  const parent = parentOf(network)
  if (others.some((other) => other.id !== network.id && subInterfaceDriver(other) && parentOf(other) === parent)) return
  if ((await ownerOfLink(parent)) === names.linkOwner) await removeLink(parent)
}

/** `eth0.50`: what carries the number 50 on eth0. @throws EngineError with docker's words for what is no such name */
function vlanOf(name: string): { parent: string; id: number } {
  const refused = (message: string) => new EngineError('system', message)
  if (!name.includes('.') || !isInterfaceName(name)) throw refused(`invalid subinterface vlan name ${name}, example formatting is eth0.10`)
  const [parent = '', number = '', ...more] = name.split('.')
  if (more.length > 0) throw refused(`required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received ${name}`)
  if (!/^[+-]?\d+$/.test(number)) throw refused(`unable to parse a valid vlan id from: ${number} (ex. eth0.10 for vlan 10)`)
  if (parent === '' || !linkExists(parent)) throw refused(`-o parent interface was not found on the host: ${parent}`)
  const id = Number(number)
  if (id < 1 || id > 4094) throw refused(`vlan id must be between 1-4094, received: ${id}`)
  return { parent, id }
}
