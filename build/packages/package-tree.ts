import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Arch, ownArch } from '../../vm-assets/arch.ts'
import { built } from '../bundle.ts'
import { ROOT } from './shipped.ts'

/** A file of a package: where it goes, from the root, and what is in it. */
export interface PackedFile {
  readonly path: string
  readonly content: string | Uint8Array
  readonly isProgram?: boolean
}

export interface PackageOptions {
  /** Larger, and made in a few seconds. */
  readonly isQuick: boolean
  /** Another version than package.json's. */
  readonly version?: string
  /** Another architecture than this machine's. */
  readonly arch?: Arch
}

/** What a package is made of that is known before its tree is. */
export interface Making {
  readonly version: string
  /** When what it is made of was committed. */
  readonly time: Date
  /** On what it runs. */
  readonly arch: Arch
}

/** What a package consists of, whoever installs it. */
export interface PackageTree {
  /** Puts the program's own folder together. @param tree the root that is packed */
  readonly fill: (tree: string, making: Making) => Promise<void>
  readonly files: (making: Making) => Promise<readonly PackedFile[]>
  /** Paths of links by what they lead to. */
  readonly links?: Readonly<Record<string, string>>
  /** Empty folders. */
  readonly folders?: readonly string[]
}

/**
 * Makes a package in a folder of its own, and then gives it its name: under its name it is whole.
 * @param folder gets it
 * @param pack makes the file in `work`, beside `work/tree`, and returns its path
 * @returns its path
 */
export async function makePackage(
  folder: string,
  content: PackageTree,
  { version: asked, arch = ownArch() }: PackageOptions,
  pack: (work: string, tree: string, making: Making) => Promise<string>,
): Promise<string> {
  const manifest: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const making = { version: asked ?? manifest.version, time: new Date(built().time), arch }
  const work = await mkdtemp(join(tmpdir(), 'engineroom-package-'))
  try {
    const tree = join(work, 'tree')
    await content.fill(tree, making)
    await addFiles(tree, content, await content.files(making))
    await settleModes(tree)
    const made = await pack(work, tree, making)
    const path = join(folder, basename(made))
    await cp(made, `${path}.new`)
    await rename(`${path}.new`, path)
    return path
  } finally {
    await rm(work, { recursive: true })
  }
}

/** Seconds since 1970, as tools take it from `SOURCE_DATE_EPOCH`. */
export function secondsOf({ time }: Making): string {
  return String(Math.floor(time.getTime() / 1000))
}

async function addFiles(tree: string, { links = {}, folders = [] }: PackageTree, files: readonly PackedFile[]): Promise<void> {
  for (const { path, content, isProgram = false } of files) {
    await mkdir(dirname(join(tree, path)), { recursive: true })
    await writeFile(join(tree, path), content)
    if (isProgram) await chmod(join(tree, path), 0o755)
  }
  for (const folder of folders) await mkdir(join(tree, folder), { recursive: true })
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(tree, path)), { recursive: true })
    await symlink(target, join(tree, path))
  }
}

/** Whoever builds may keep files from others; whoever installs has them as they should be. */
async function settleModes(tree: string): Promise<void> {
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isSymbolicLink()) continue
    const isProgram = entry.isDirectory() || ((await lstat(path)).mode & 0o100) !== 0
    await chmod(path, isProgram ? 0o755 : 0o644)
  }
  await chmod(tree, 0o755)
}
