/** A processor that images are made for: what QEMU and the kernel call it, and what Debian, RPM and npm do. */
export interface Arch {
  readonly name: ArchName
  readonly debian: 'amd64' | 'arm64'
  readonly rpm: 'x86_64' | 'aarch64'
  readonly npm: 'x64' | 'arm64'
  /** Debian's folder for libraries. @see https://wiki.debian.org/Multiarch/Tuples */
  readonly libraries: string
  /** The first serial line, as the kernel's command line names it. */
  readonly console: string
}

export type ArchName = 'x86_64' | 'arm64'

export const ARCHES: Readonly<Record<ArchName, Arch>> = {
  x86_64: { name: 'x86_64', debian: 'amd64', rpm: 'x86_64', npm: 'x64', libraries: 'x86_64-linux-gnu', console: 'ttyS0' },
  arm64: { name: 'arm64', debian: 'arm64', rpm: 'aarch64', npm: 'arm64', libraries: 'aarch64-linux-gnu', console: 'ttyAMA0' },
}

/** @throws Error that lists what there is */
export function parseArch(text: string): Arch {
  const found = Object.values(ARCHES).find(
    ({ name, debian, npm }) => text === name || text === debian || text === npm || (text === 'aarch64' && name === 'arm64'),
  )
  if (!found) throw new Error(`no images for ${JSON.stringify(text)}: there are ${Object.keys(ARCHES).join(' and ')}`)
  return found
}

/** The one that this machine can run at full speed. */
export function ownArch(): Arch {
  return parseArch(process.arch)
}
