import { type Arch, parseArch } from '../../../vm-assets/arch.ts'

/** What electron-builder makes packages for; those for Linux are our own (decision 43). */
export type System = 'mac' | 'windows'

export interface Target {
  readonly system: System
  readonly arch: Arch
}

/** What Node calls them. */
export const PLATFORMS = { mac: 'darwin', windows: 'win32' } as const satisfies Record<System, NodeJS.Platform>

/** @throws Error that lists what there is */
export function parseTarget(system: string | undefined, arch: string): Target {
  if (system !== 'mac' && system !== 'windows') throw new Error('--system must be mac or windows; for Linux: npm run dist')
  return { system, arch: parseArch(arch) }
}

/** Where the folder of the app has the program by which the client runs. @see electron/as-packaged.ts */
export function nodePath(system: System): string {
  return system === 'windows' ? 'node/node.exe' : 'node/node'
}
