import { posix, win32 } from 'node:path'
import { DEFAULT_NAME, placeHere, vmFolder } from './hosts/vm/vm-folder.ts'

/** Where QEMU's own installers put it, outside the PATH that a desktop gives its programs. @see https://www.qemu.org/download/ */
const QEMU_FOLDERS = { darwin: ['/opt/homebrew/bin', '/opt/local/bin', '/usr/local/bin'], win32: ['C:\\Program Files\\qemu'] }

/** Where this window was installed. */
export interface PackagedAt {
  readonly platform: NodeJS.Platform
  /** Has the page, the client, the virtual machine's image and the Node that runs its commands, as packages for macOS and Windows lay them out. */
  readonly programFolder: string
}

export interface StartedWith {
  readonly args: readonly string[]
  readonly path: string | undefined
}

/**
 * What the window is started with where no launcher says it: on macOS and Windows a click does, and the only engine of our own is the one in a virtual machine.
 * Linux has a launcher, and so has a checkout.
 * @param path the PATH in which programs are looked for
 */
export function asPackaged({ args, path }: StartedWith, { platform, programFolder }: PackagedAt): StartedWith {
  if ((platform !== 'darwin' && platform !== 'win32') || args.some((arg) => arg.startsWith('--engine-socket'))) return { args, path }
  const { join, delimiter } = platform === 'win32' ? win32 : posix
  const node = join(programFolder, 'node', platform === 'win32' ? 'node.exe' : 'node')
  const { engineSocket } = vmFolder(DEFAULT_NAME, { ...placeHere(), platform })
  const ours = [
    `--engine-socket=${engineSocket}`,
    `--vm=${DEFAULT_NAME}`,
    `--vm-command=${JSON.stringify([node, join(programFolder, 'dist/vm/main.mjs')])}`,
    '--first-engine-host=vm',
  ]
  const folders = [join(programFolder, 'qemu'), ...(path ? [path] : []), ...QEMU_FOLDERS[platform]]
  return { args: [...args, ...ours], path: folders.join(delimiter) }
}
