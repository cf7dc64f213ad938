import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'
import { run, ToolError } from './run.ts'

/** Where iproute2 keeps named network namespaces. @see ip-netns(8) */
const NETNS_FOLDER = '/run/netns'

export function netnsPath(name: string): string {
  return join(NETNS_FOLDER, name)
}

/** One end of a pair whose other end is plugged into a bridge. */
export interface VethAttachment {
  readonly type: 'veth'
  /** Name of the host's end, at most 15 characters. */
  readonly hostLink: string
  readonly bridge: string
  /** Whether it may not talk to the other isolated links of the bridge, only to the host and through it. */
  readonly isIsolated: boolean
}

/** An interface of its own on one of the host's. @see ip-link(8), MACVLAN and IPVLAN */
export interface SubInterface {
  readonly type: 'macvlan' | 'ipvlan'
  readonly parent: string
  readonly mode: string
  /** Of an ipvlan. */
  readonly flag?: string
}

/** An interface in a network namespace. */
export interface InterfaceRequest {
  /** Inside, e.g. `eth0`. */
  readonly name: string
  readonly attachment: VethAttachment | SubInterface
  readonly mtu: number
  readonly macAddress: string
  /** `172.17.0.2/16`, `fd00::2/64` */
  readonly addresses: readonly string[]
  /** Of the interface; set when it has its addresses and is not up. */
  readonly sysctls: readonly Sysctl[]
}

/** A kernel parameter, `net.ipv4.ip_forward` written as a path. @see sysctl(8) */
export interface Sysctl {
  readonly path: string
  readonly value: string
}

/** Where packets of one IP version to everywhere else go. */
export interface DefaultRoute {
  readonly version: 4 | 6
  readonly interfaceName: string
  /** Empty when everything is sent out of the interface as if it were there. */
  readonly gateway: string
}

/** Makes an empty network namespace with interfaces in it: two calls of ip, each one batch. */
export async function makeNetns(netns: string, interfaces: readonly InterfaceRequest[], routes: readonly DefaultRoute[]): Promise<void> {
  await createInterfaces([`netns add ${netns}`, ...interfaces.flatMap((one) => creationCommands(netns, one))])
  await bringUp(netns, interfaces, ['link set lo up'], routes.map(routeCommand))
}

/** @throws Error with docker's words when the kernel refuses an interface on one of the host's */
async function createInterfaces(commands: readonly string[]): Promise<void> {
  try {
    await batch([], commands)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    const failed = commands[Number(/^Command failed -:(\d+)/m.exec(error.stderr)?.[1]) - 1] ?? ''
    const [, type] = / type (macvlan|ipvlan) /.exec(failed) ?? []
    throw type === undefined ? error : new Error(`failed to create the ${type} port: ${kernelsReason(error)}`, { cause: error })
  }
}

/** Why the kernel refused what ip(8) asked for, as docker says it. */
export function kernelsReason({ stderr }: ToolError): string {
  if (/Unknown device type/.test(stderr)) return 'operation not supported'
  const reason = /^(?:RTNETLINK answers|Error): (.*?)\.?$/m.exec(stderr)?.[1] ?? stderr.trim()
  return `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`
}

/** One batch, unless there are kernel parameters to be set in the middle of it. */
async function bringUp(netns: string, interfaces: readonly InterfaceRequest[], before: readonly string[] = [], after: readonly string[] = []): Promise<void> {
  const [addresses, up] = [
    [...before, ...interfaces.flatMap(addressCommands)],
    [...interfaces.map(({ name }) => `link set ${name} up`), ...after],
  ]
  const sysctls = interfaces.flatMap((one) => one.sysctls)
  if (sysctls.length === 0) return batch(['-n', netns], [...addresses, ...up])
  await batch(['-n', netns], addresses)
  for (const sysctl of sysctls) await setSysctlIn(netns, sysctl)
  await batch(['-n', netns], up)
}

/** @throws Error with docker's words for a parameter that there is not, or that does not take the value */
async function setSysctlIn(netns: string, { path, value }: Sysctl): Promise<void> {
  const file = join('/proc/sys', path)
  const script = '[ -f "$1" ] || { echo "$1 is not a sysctl file" >&2; exit 1; }; printf %s "$2" >"$1"'
  try {
    await run('ip', ['netns', 'exec', netns, 'sh', '-c', script, 'sh', file, value])
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    const reason = error.stderr.trim()
    throw new Error(reason.endsWith(' is not a sysctl file') ? reason : `unable to write to '${file}': ${reason}`, { cause: error })
  }
}

/** Gives the namespace of a process a name, unless it has that one. @see ip-netns(8) */
export async function nameNetns(netns: string, pid: number): Promise<void> {
  if (!existsSync(netnsPath(netns))) await run('ip', ['netns', 'attach', netns, String(pid)])
}

/** Adds an interface to a namespace whose processes run already. */
export async function addInterface(netns: string, request: InterfaceRequest): Promise<void> {
  await createInterfaces(creationCommands(netns, request))
  await bringUp(netns, [request])
}

/**
 * Takes an interface out of a namespace, with its routes. Idempotent: another one that has its name there, which is the
 * container's own, stays.
 */
export async function removeInterface(netns: string, { name, attachment }: Pick<InterfaceRequest, 'name' | 'attachment'>): Promise<void> {
  // The other end goes with it.
  if (attachment.type === 'veth') return removeLink(attachment.hostLink)
  if (!existsSync(netnsPath(netns))) return
  if (await isOfType(netns, name, attachment.type)) await unlessMissing(run('ip', ['-n', netns, 'link', 'delete', name]))
}

async function isOfType(netns: string, name: string, type: SubInterface['type']): Promise<boolean> {
  const output = await run('ip', ['-n', netns, '-o', 'link', 'show', 'type', type])
  return output.split('\n').some((line) => line.split(/[:@ ]+/)[1] === name)
}

export async function setDefaultRoutes(netns: string, routes: readonly DefaultRoute[]): Promise<void> {
  await batch(['-n', netns], routes.map(routeCommand))
}

/** The commands of ip(8) that make an interface in a namespace. */
export function creationCommands(netns: string, { name, attachment, mtu, macAddress }: InterfaceRequest): string[] {
  if (attachment.type === 'veth') {
    const { hostLink, bridge, isIsolated } = attachment
    return [
      `link add ${hostLink} mtu ${mtu} type veth peer name ${name} mtu ${mtu} address ${macAddress} netns ${netns}`,
      `link set ${hostLink} master ${bridge} up`,
      // A container may call itself by a published port: its packets leave the bridge where they came in.
      `link set ${hostLink} type bridge_slave hairpin on isolated ${isIsolated ? 'on' : 'off'}`,
    ]
  }
  const { type, parent, mode, flag } = attachment
  // All interfaces of an ipvlan share the parent's address.
  const address = type === 'macvlan' ? ` address ${macAddress}` : ''
  return [`link add link ${parent} name ${name} netns ${netns} mtu ${mtu}${address} type ${type} mode ${mode}${flag === undefined ? '' : ` ${flag}`}`]
}

/** Those that address it, inside, before it is up. */
export function addressCommands({ name, addresses }: InterfaceRequest): string[] {
  // Nobody else can have the address that we gave: a check for duplicates would only make it late.
  return addresses.map((address) => `addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`)
}

function routeCommand({ version, gateway, interfaceName }: DefaultRoute): string {
  return `route replace ${version === 6 ? '::/0' : '0.0.0.0/0'}${gateway === '' ? '' : ` via ${gateway}`} dev ${interfaceName}`
}

/** Removes a network namespace and with it every interface inside, the other ends of `hostLinks` among them. Idempotent. */
export async function removeNetns(netns: string, hostLinks: readonly string[] = []): Promise<void> {
  if (existsSync(netnsPath(netns))) await run('ip', ['netns', 'delete', netns])
  // The kernel takes the namespace apart later; the hosts' ends must be gone when we say so.
  for (const link of hostLinks) await removeLink(link)
}

/** What is gone already need not be removed; ip(8) says so in one way when it looks for it, and in another when it vanishes then. */
async function unlessMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof ToolError && /Cannot find device|No such device|[Nn]etwork namespace/.test(error.stderr))) throw error
  }
}

export async function listNetns(prefix: string): Promise<string[]> {
  try {
    return (await readdir(NETNS_FOLDER)).filter((name) => name.startsWith(prefix))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

export async function listLinks(prefix: string): Promise<string[]> {
  return (await readdir('/sys/class/net')).filter((name) => name.startsWith(prefix))
}

/** Idempotent. */
export async function removeLink(name: string): Promise<void> {
  if (linkExists(name)) await unlessMissing(run('ip', ['link', 'delete', name]))
}

export interface BridgeRequest {
  readonly name: string
  /** `172.18.0.1/16`, `fd00::1/64` */
  readonly addresses: readonly string[]
  readonly mtu: number
  /** For a new one. */
  readonly macAddress: string
  /** Set before it has its addresses and is up. */
  readonly sysctls: readonly Sysctl[]
}

/**
 * Makes sure that a bridge with these addresses exists and is up. Its MAC address is set, so that it stays: otherwise it is
 * the lowest of the links', and when that one goes, all others have lost their gateway until they ask for it again.
 * @returns whether it is new
 */
export async function ensureBridge({ name, addresses, mtu, macAddress, sysctls }: BridgeRequest): Promise<boolean> {
  const isNew = !linkExists(name)
  const making = isNew ? [`link add ${name} mtu ${mtu} address ${macAddress} type bridge`] : []
  const ownAddress = isNew ? macAddress : (await readFile(`/sys/class/net/${name}/address`, 'utf8')).trim()
  const raising = [
    `link set ${name} address ${ownAddress} up`,
    ...addresses.map((address) => `address replace ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
  ]
  if (sysctls.length === 0) {
    await batch([], [...making, ...raising])
    return isNew
  }
  if (isNew) await batch([], making)
  for (const { path, value } of sysctls) await setSysctl(path, value)
  await batch([], raising)
  return isNew
}

export function linkExists(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`)
}

/** Keeps links of a bridge apart from each other, or no longer. @see ip-link(8), "isolated" */
export async function isolateLinks(names: readonly string[], isIsolated: boolean): Promise<void> {
  if (names.length > 0)
    await batch(
      [],
      names.map((name) => `link set ${name} type bridge_slave isolated ${isIsolated ? 'on' : 'off'}`),
    )
}

/** The links that are plugged into a bridge. */
export async function linksOn(bridge: string): Promise<string[]> {
  try {
    return await readdir(`/sys/class/net/${bridge}/brif`)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** The IPv4 addresses that an interface has, as `address/length`. */
export async function addressesOf(name: string): Promise<string[]> {
  if (!linkExists(name)) return []
  return inetAddresses(await run('ip', ['-4', '-o', 'address', 'show', 'dev', name]))
}

/** The IPv4 addresses in a network namespace other than its loopback's, as `address/length`; none when it is gone. */
export async function addressesIn(netns: string): Promise<string[]> {
  try {
    return inetAddresses(await run('ip', ['-n', netns, '-4', '-o', 'address', 'show', 'scope', 'global']))
  } catch (error) {
    if (error instanceof ToolError && /[Nn]etwork namespace/.test(error.stderr)) return []
    throw error
  }
}

function inetAddresses(output: string): string[] {
  return [...output.matchAll(/inet (\S+)/g)].map((found) => found[1] ?? '')
}

/** Destinations of the host's IPv4 routes, as `address/length`, without those through `exceptLink`. */
export async function hostRoutes(exceptLink = ''): Promise<string[]> {
  const output = await run('ip', ['-4', 'route', 'show'])
  return output
    .split('\n')
    .filter((line) => /^\d/.test(line) && (exceptLink === '' || !line.includes(` dev ${exceptLink} `)))
    .map((line) => line.split(' ', 1)[0] ?? '')
    .map((target) => (target.includes('/') ? target : `${target}/32`))
}

/** The interface by which an address is reached. @throws Error when it is not */
export async function interfaceTowards(address: string): Promise<string> {
  const output = await run('ip', ['-o', 'route', 'get', address])
  const [, device] = / dev (\S+)/.exec(output) ?? []
  if (device === undefined) throw new Error(`no interface leads to ${address}: ${output}`)
  return device
}

/** Sets a kernel parameter, `net.ipv4.ip_forward` written as a path. @see sysctl(8) */
export async function setSysctl(path: string, value: string): Promise<void> {
  const file = join('/proc/sys', path)
  if ((await readFile(file, 'utf8')).trim() !== value) await writeFile(file, value)
}

/** Commands of ip(8), one after the other; those after one that fails are not run. */
export async function batch(args: readonly string[], commands: readonly string[]): Promise<void> {
  await run('ip', [...args, '-batch', '-'], { input: `${commands.join('\n')}\n` })
}
