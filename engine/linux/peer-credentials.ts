import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { descriptorOf } from './descriptor.ts'
import { run } from './run.ts'

/** Who was at the other side of a unix socket when it was connected, as the kernel noted it then. */
export interface PeerCredentials {
  /** 0 for a process that cannot be seen from here. */
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

const SO_PEERCRED = 17

/** The socket is the program's standard input. @see unix(7), `struct ucred` */
const ASK = `my $it = getsockopt(STDIN, SOL_SOCKET, ${SO_PEERCRED}) or die "$!\\n"; print join(' ', unpack('lLL', $it))`

/**
 * Asks the kernel, which Node cannot: perl is on every Debian and lends its `getsockopt`. The open file is handed over in
 * this call, so that it is the right one whatever becomes of the connection meanwhile.
 * @throws Error when the connection is closed already, or perl fails
 */
export async function peerCredentials(socket: Socket): Promise<PeerCredentials> {
  const descriptor = descriptorOf(socket)
  if (descriptor === undefined) throw new Error('the connection is closed')
  const child = spawn('perl', ['-MSocket', '-e', ASK], { stdio: [descriptor, 'pipe', 'pipe'] })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('perl could not be started')
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  const [output, errors] = await Promise.race([Promise.all([text(stdout), text(stderr)]), failed])
  const [pid, uid, gid] = output.split(' ').map(Number)
  if (pid === undefined || uid === undefined || gid === undefined) throw new Error(`perl: ${errors.trim()}`)
  return { pid, uid, gid }
}

/** @throws Error when this machine has no perl with sockets */
export async function checkPeerCredentials(): Promise<void> {
  await run('perl', ['-MSocket', '-e', '1'])
}
