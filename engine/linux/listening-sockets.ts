import { readdir, readFile, readlink } from 'node:fs/promises'
import { hasCode } from '../errors.ts'

/** A TCP socket that connections are waited for on. */
export interface ListeningSocket {
  readonly port: number
  /** As links below `/proc/<pid>/fd` name it. */
  readonly inode: string
  /** Who reaches it in IPv4: every address of the machine leads to it, 127.0.0.1 alone, or another one alone, or none. */
  readonly reach: 'all' | 'loopback' | 'other'
}

/** Those of our own network namespace. Sockets of IPv6 at `::` count as reached in IPv4, which most are. */
export async function listeningSockets(): Promise<ListeningSocket[]> {
  const texts = await Promise.all(['tcp', 'tcp6'].map(textOf))
  return texts.flatMap(parseListening)
}

/** A kernel without IPv6 has no `tcp6`. */
async function textOf(protocol: string): Promise<string> {
  try {
    return await readFile(`/proc/net/${protocol}`, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return ''
    throw error
  }
}

const LISTEN = '0A'

/** @param text of `/proc/net/tcp` or `tcp6`. @see proc_net(5) */
export function parseListening(text: string): ListeningSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    return state === LISTEN ? [{ port: Number.parseInt(port, 16), inode, reach: reachOf(address) }] : []
  })
}

/** Addresses are words of four bytes, each with its last byte first on the machines that we run on. */
function reachOf(address: string): ListeningSocket['reach'] {
  if (/^0+$/.test(address)) return 'all'
  // IPv4 in a socket of IPv6, ::ffff:a.b.c.d.
  const four = address.replace(/^0{16}FFFF0000(?=.{8}$)/, '')
  if (four === '00000000') return 'all'
  return four === '0100007F' ? 'loopback' : 'other'
}

/** The inodes of the sockets that these processes have open. */
export async function socketsOf(pids: readonly number[]): Promise<ReadonlySet<string>> {
  const links = await Promise.all(pids.map(linksOf))
  return new Set(links.flat().flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

async function linksOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`
  const names = (await unlessGone(() => readdir(folder))) ?? []
  const links = await Promise.all(names.map((name) => unlessGone(() => readlink(`${folder}/${name}`))))
  return links.filter((link) => link !== undefined)
}

/** A process may end, and a descriptor be closed, while one looks. */
async function unlessGone<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined
    throw error
  }
}
