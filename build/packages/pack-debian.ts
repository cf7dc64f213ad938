import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runTool } from '../../vm-assets/run-tool.ts'
import { filesBelow } from '../../vm-assets/unpack.ts'
import { built } from '../bundle.ts'
import { ROOT } from './shipped.ts'

export const MAINTAINER = 'Engineroom <packages@engineroom.invalid>'

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
}

/** What a package is made of that is known before its tree is. */
export interface Making {
  readonly version: string
  /** When what it is made of was committed. */
  readonly time: Date
}

export interface DebianPackage {
  readonly name: string
  /** Puts the program's own folder together. @param tree the root that is packed */
  readonly fill: (tree: string) => Promise<void>
  readonly files: (making: Making) => Promise<readonly PackedFile[]>
  /** Paths of links by what they lead to. */
  readonly links: Readonly<Record<string, string>>
  /** Empty folders. */
  readonly folders?: readonly string[]
  /** Files that run as root whoever starts them. */
  readonly setuid?: readonly string[]
  /** Relations, section and description. @see deb-control(5) */
  readonly fields: (making: Making) => Readonly<Record<string, string>>
  /** The folder with the maintainer's scripts. */
  readonly scripts?: string
}

const MAINTAINER_SCRIPTS = ['postinst', 'prerm', 'postrm']

/**
 * Makes a Debian package of this machine's architecture. The same sources make the same bytes.
 * @param folder gets it
 * @returns its path
 * @throws Error with what a tool said
 */
export async function packDebian(folder: string, one: DebianPackage, { isQuick, version: asked }: PackageOptions): Promise<string> {
  const manifest: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const making = { version: asked ?? manifest.version, time: new Date(built().time) }
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const work = await mkdtemp(join(tmpdir(), 'engineroom-package-'))
  try {
    const tree = join(work, 'tree')
    await one.fill(tree)
    await addFiles(tree, one, await one.files(making))
    await addControl(tree, one, { Package: one.name, Version: making.version, Architecture: architecture, Maintainer: MAINTAINER, ...one.fields(making) })
    await settleModes(tree)
    for (const path of one.setuid ?? []) await chmod(join(tree, path), 0o4755)
    const name = `${one.name}_${making.version}_${architecture}.deb`
    const compression = isQuick ? ['-Zgzip', '-z1'] : ['-Zxz']
    // One thread, as more cut the archive into pieces; and no time that is later than the sources'.
    const env = { SOURCE_DATE_EPOCH: String(Math.floor(making.time.getTime() / 1000)) }
    await runTool('dpkg-deb', ['--root-owner-group', '--threads-max=1', ...compression, '--build', tree, join(work, name)], { env })
    // Under its name it is whole.
    await cp(join(work, name), join(folder, `${name}.new`))
    await rename(join(folder, `${name}.new`), join(folder, name))
    return join(folder, name)
  } finally {
    await rm(work, { recursive: true })
  }
}

async function addFiles(tree: string, { links, folders = [] }: DebianPackage, files: readonly PackedFile[]): Promise<void> {
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

async function addControl(tree: string, { scripts }: Pick<DebianPackage, 'scripts'>, fields: Readonly<Record<string, string>>): Promise<void> {
  const all = { ...fields, 'Installed-Size': String(Math.ceil((await sizeBytes(tree)) / 1024)) }
  await mkdir(join(tree, 'DEBIAN'))
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`)
  await writeFile(join(tree, 'DEBIAN/control'), lines.join(''))
  for (const script of scripts === undefined ? [] : MAINTAINER_SCRIPTS) {
    await cp(join(scripts ?? '', script), join(tree, 'DEBIAN', script))
    await chmod(join(tree, 'DEBIAN', script), 0o755)
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

async function sizeBytes(tree: string): Promise<number> {
  const sizes = await Promise.all((await filesBelow(tree)).map(async (path) => (await lstat(join(tree, path))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
