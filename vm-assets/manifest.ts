import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Arch, ArchName } from './arch.ts'
import type { LockedArch } from './lock-file.ts'

/** One file of an image, and what it must be. */
export interface AssetFile {
  readonly name: string
  readonly sha256: string
  readonly sizeBytes: number
}

/** `dist/engine/built.json` */
export interface Built {
  /** ISO 8601, of the commit. */
  readonly time: string
  readonly commit: string
}

/** `manifest.json`: what the folder of an image holds, and what whoever boots it needs to know. */
export interface Manifest {
  readonly format: 1
  readonly arch: ArchName
  /** The version of the engine inside. */
  readonly engine: string
  /** When and of what it was built: of two images of one version, which is older. */
  readonly built: Built
  /** As `uname -r` prints it. */
  readonly kernel: string
  readonly node: string
  /** What the kernel is told; whoever boots it may add to it. */
  readonly commandLine: string
  readonly files: { readonly kernel: AssetFile; readonly initrd: AssetFile; readonly root: AssetFile }
  /** Debian's packages by name, with their versions. */
  readonly packages: Readonly<Record<string, string>>
}

/**
 * A guest that panics ends, rather than to stand still: `panic=-1` restarts at once, which QEMU's `-no-reboot` makes an end. The kernel's
 * tests of its own ciphers take an emulated processor 0.2 s at each boot.
 */
export function commandLine({ console }: Arch): string {
  return `console=${console} quiet panic=-1 lsm= apparmor=0 random.trust_cpu=on cryptomgr.notests`
}

export function manifestOf(arch: Arch, locked: LockedArch, engine: { readonly version: string; readonly built: Built }, files: Manifest['files']): Manifest {
  const node = locked.npm.find(({ name }) => name === `node-linux-${arch.npm}`)?.version
  if (node === undefined) throw new Error('the lock names no Node')
  const packages = Object.fromEntries(locked.debian.map(({ name, version }) => [name, version]))
  return {
    format: 1,
    arch: arch.name,
    engine: engine.version,
    built: engine.built,
    kernel: locked.kernel,
    node,
    commandLine: commandLine(arch),
    files,
    packages,
  }
}

/** @param engine `dist/engine` */
export async function readBuilt(engine: string): Promise<Built> {
  const { time, commit }: Partial<Built> = JSON.parse(await readFile(join(engine, 'built.json'), 'utf8'))
  if (typeof time !== 'string' || typeof commit !== 'string')
    throw new Error('dist/engine/built.json does not say when the engine was built: node build/bundle.ts')
  return { time, commit }
}

export async function describeFile(folder: string, name: string): Promise<AssetFile> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(join(folder, name)), hash)
  return { name, sha256: hash.digest('hex'), sizeBytes: (await stat(join(folder, name))).size }
}
