import { readFile } from 'node:fs/promises'
import { run } from './run.ts'

export type PortProtocol = 'tcp' | 'udp' | 'sctp'

/** A process that has a port of this machine. */
export interface PortHolder {
  /** Where it listens: `0.0.0.0`, `[::]`, `127.0.0.1%lo` … */
  readonly address: string
  /** Undefined when the kernel names no process: another namespace's, or its own. */
  readonly pid?: number
  /** The name of the program, which it chooses itself. */
  readonly program?: string
  /** Program and arguments; empty when it has ended meanwhile. */
  readonly command?: string
}

const OPTION_OF: Readonly<Record<PortProtocol, string>> = { tcp: '-lt', udp: '-lu', sctp: '-lS' }

/** Who listens on a port of this machine now, on whichever address. @see ss(8) */
export async function portHolders(port: number, protocol: PortProtocol): Promise<PortHolder[]> {
  const output = await run('ss', ['-H', '-n', '-p', OPTION_OF[protocol], `sport = :${port}`])
  const found = output.split('\n').flatMap((line) => parseListener(line))
  return Promise.all(found.map(async (one) => (one.pid === undefined ? one : { ...one, command: await commandOf(one.pid) })))
}

/** A line of `ss -H -n -p -l`: state, two queues, local address, peer, and `users:(("name",pid=1,fd=2),…)`. */
export function parseListener(line: string): PortHolder[] {
  const [, , , local] = line.trim().split(/\s+/)
  const address = /^(.*):\d+$/.exec(local ?? '')?.[1]
  if (address === undefined) return []
  const users = [...line.matchAll(/\("((?:[^"\\]|\\.)*)",pid=(\d+)/g)]
  // A process with several descriptors of the socket is one.
  const byPid = new Map(users.map(([, program, pid]) => [Number(pid), program ?? '']))
  return byPid.size === 0 ? [{ address }] : [...byPid].map(([pid, program]) => ({ address, pid, program }))
}

async function commandOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') // It has ended.
  return text.replace(/\0$/, '').replaceAll('\0', ' ')
}
