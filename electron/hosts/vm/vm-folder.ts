import { chmod, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'

/** Where everything of one VM is, by its profile's name. Nobody but its owner may look into these folders. */
export interface VmFolder {
  readonly name: string
  readonly folder: string
  readonly settings: string
  /** The data disk, unless somebody has moved it. @see diskPlace */
  readonly ownDisk: string
  /** Where it is now, and how far a move of it has come. */
  readonly diskRecord: string
  /** What a suspended guest had in memory. It counts only with the record beside it. */
  readonly stateFile: string
  readonly stateRecord: string
  readonly certificates: string
  /** What is handed to the guest; there while it boots. */
  readonly bootConfig: string
  readonly consoleLog: string
  readonly supervisorLog: string
  readonly lastFailure: string
  /** What accelerators turned out to work. */
  readonly accelerators: string
  readonly pidFile: string
  /** Where the supervisor is asked. */
  readonly controlSocket: string
  readonly qmpSocket: string
  /** Through which a state passes on its way from or into the machine. */
  readonly stateSocket: string
  /** The engine's, for docker clients. */
  readonly engineSocket: string
}

export const DEFAULT_NAME = 'default'

/** The longest path of a unix socket, without the byte at its end. @see unix(7); macOS has 104 */
const LONGEST_SOCKET = 103

export interface Place {
  readonly home: string
  readonly platform: NodeJS.Platform
}

/** `ENGINEROOM_HOME`, or `.engineroom` in the person's home. */
export function placeHere(env: NodeJS.ProcessEnv = process.env): Place {
  return { home: env.ENGINEROOM_HOME || (process.platform === 'win32' ? win32 : posix).join(homedir(), '.engineroom'), platform: process.platform }
}

/** Makes it, or takes from others what rights they may have in it. */
export async function makeVmFolder({ folder }: VmFolder): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
}

/**
 * @param name letters, digits, `-` and `_`: it becomes part of paths, of a pipe's name and of the guest's host name
 * @throws Error for a name that cannot be one, or a home so deep that no socket fits in
 */
export function vmFolder(name: string, { home, platform }: Place = placeHere()): VmFolder {
  if (!/^[a-z0-9]([a-z0-9_-]{0,30}[a-z0-9])?$/.test(name))
    throw new Error(`invalid VM name "${name}": 1 to 32 of a-z, 0-9, - and _, beginning and ending with a letter or digit`)
  const isWindows = platform === 'win32'
  const { join } = isWindows ? win32 : posix
  const folder = join(home, 'vm', name)
  const inFolder = (file: string) => join(folder, file)
  // Windows has named pipes where others have sockets; they are not in folders.
  const socket = (path: string, pipe: string) => (isWindows ? `\\\\.\\pipe\\engineroom-${name}-${pipe}` : path)
  const sockets = {
    controlSocket: socket(inFolder('control.sock'), 'control'),
    qmpSocket: socket(inFolder('qmp.sock'), 'qmp'),
    stateSocket: socket(inFolder('state.sock'), 'state'),
    engineSocket: socket(join(home, 'run', name === DEFAULT_NAME ? 'docker.sock' : `${name}.sock`), 'docker'),
  }
  for (const path of Object.values(sockets)) {
    if (!isWindows && Buffer.byteLength(path) > LONGEST_SOCKET)
      throw new Error(`${path} is too long for a socket: at most ${LONGEST_SOCKET} bytes. Choose a shorter ENGINEROOM_HOME or --name.`)
  }
  return {
    name,
    folder,
    settings: inFolder('settings.json'),
    ownDisk: inFolder('data.qcow2'),
    diskRecord: inFolder('disk.json'),
    stateFile: inFolder('suspended.state'),
    stateRecord: inFolder('suspended.json'),
    certificates: inFolder('certificates'),
    bootConfig: inFolder('boot.tar'),
    consoleLog: inFolder('console.log'),
    supervisorLog: inFolder('supervisor.log'),
    lastFailure: inFolder('last-failure.json'),
    accelerators: inFolder('accelerators.json'),
    pidFile: inFolder('supervisor.pid'),
    ...sockets,
  }
}
