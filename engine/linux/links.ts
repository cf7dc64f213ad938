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

export interface VethRequest {
  readonly netns: string
  /** Name of the host's end, at most 15 characters. */
  readonly hostLink: string
  readonly bridge: string
  readonly mtu: number
  readonly macAddress: string
  /** `172.17.0.2/16` */
  readonly address: string
  readonly gateway: string | undefined
  /** Whether it may not talk to the other isolated links of the bridge, only to the host and through it. */
  readonly isIsolated: boolean
}

/** Makes a network namespace with `eth0` in it, plugged into a bridge. Two calls of ip, each one batch. */
export async function connectNetns(request: VethRequest): Promise<void> {
  const { netns, hostLink, bridge, mtu, macAddress, address, gateway, isIsolated } = request
  await batch(
    [],
    [
      `netns add ${netns}`,
      `link add ${hostLink} mtu ${mtu} type veth peer name eth0 mtu ${mtu} address ${macAddress} netns ${netns}`,
      `link set ${hostLink} master ${bridge} up`,
      // A container may call itself by a published port: its packets leave the bridge where they came in.
      `link set ${hostLink} type bridge_slave hairpin on isolated ${isIsolated ? 'on' : 'off'}`,
    ],
  )
  await batch(
    ['-n', netns],
    ['link set lo up', `addr add ${address} dev eth0`, 'link set eth0 up', ...(gateway === undefined ? [] : [`route add default via ${gateway}`])],
  )
}

/** Removes a network namespace and with it every interface inside, `hostLink`'s other end among them. Idempotent. */
export async function removeNetns(netns: string, hostLink?: string): Promise<void> {
  if (existsSync(netnsPath(netns))) await run('ip', ['netns', 'delete', netns])
  // The kernel takes the namespace apart later; the host's end must be gone when we say so.
  if (hostLink !== undefined && existsSync(`/sys/class/net/${hostLink}`)) {
    await run('ip', ['link', 'delete', hostLink]).catch((error: unknown) => {
      if (!(error instanceof ToolError && /Cannot find device/.test(error.stderr))) throw error
    })
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

export async function removeLink(name: string): Promise<void> {
  await run('ip', ['link', 'delete', name])
}

/** Makes sure that a bridge with this address exists and is up. */
export async function ensureBridge(name: string, address: string, mtu: number): Promise<void> {
  if (!existsSync(`/sys/class/net/${name}`)) await run('ip', ['link', 'add', name, 'mtu', String(mtu), 'type', 'bridge'])
  await run('ip', ['address', 'replace', address, 'dev', name])
  await run('ip', ['link', 'set', name, 'up'])
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
  if (!existsSync(`/sys/class/net/${name}`)) return []
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
export async function hostRoutes(exceptLink: string): Promise<string[]> {
  const output = await run('ip', ['-4', 'route', 'show'])
  return output
    .split('\n')
    .filter((line) => /^\d/.test(line) && !line.includes(` dev ${exceptLink} `))
    .map((line) => line.split(' ', 1)[0] ?? '')
    .map((target) => (target.includes('/') ? target : `${target}/32`))
}

/** Sets a kernel parameter, `net.ipv4.ip_forward` written as a path. @see sysctl(8) */
export async function setSysctl(path: string, value: string): Promise<void> {
  const file = join('/proc/sys', path)
  if ((await readFile(file, 'utf8')).trim() !== value) await writeFile(file, value)
}

async function batch(args: readonly string[], commands: readonly string[]): Promise<void> {
  await run('ip', [...args, '-batch', '-'], { input: `${commands.join('\n')}\n` })
}
