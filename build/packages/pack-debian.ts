import { chmod, cp, lstat, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from '../../vm-assets/run-tool.ts'
import { filesBelow } from '../../vm-assets/unpack.ts'
import { type Making, makePackage, type PackageOptions, type PackageTree, secondsOf } from './package-tree.ts'

export const MAINTAINER = 'Engineroom <packages@engineroom.invalid>'

export interface DebianPackage extends PackageTree {
  readonly name: string
  /** Files that run as root whoever starts them. */
  readonly setuid?: readonly string[]
  /** Relations, section and description. @see deb-control(5) */
  readonly fields: (making: Making) => Readonly<Record<string, string>>
  /** The folder with the maintainer's scripts. */
  readonly scripts?: string
}

const MAINTAINER_SCRIPTS = ['postinst', 'prerm', 'postrm']

/**
 * Makes a Debian package. The same sources make the same bytes.
 * @param folder gets it
 * @returns its path
 * @throws Error with what a tool said
 */
export function packDebian(folder: string, one: DebianPackage, options: PackageOptions): Promise<string> {
  return makePackage(folder, one, options, async (work, tree, making) => {
    const architecture = making.arch.debian
    await addControl(tree, one, { Package: one.name, Version: making.version, Architecture: architecture, Maintainer: MAINTAINER, ...one.fields(making) })
    for (const path of one.setuid ?? []) await chmod(join(tree, path), 0o4755)
    const made = join(work, `${one.name}_${making.version}_${architecture}.deb`)
    const compression = options.isQuick ? ['-Zgzip', '-z1'] : ['-Zxz']
    // One thread, as more cut the archive into pieces; and no time that is later than the sources'.
    const env = { SOURCE_DATE_EPOCH: secondsOf(making) }
    await runTool('dpkg-deb', ['--root-owner-group', '--threads-max=1', ...compression, '--build', tree, made], { env })
    return made
  })
}

async function addControl(tree: string, { scripts }: Pick<DebianPackage, 'scripts'>, fields: Readonly<Record<string, string>>): Promise<void> {
  const all = { ...fields, 'Installed-Size': String(Math.ceil((await sizeBytes(tree)) / 1024)) }
  const control = join(tree, 'DEBIAN')
  await mkdir(control)
  await chmod(control, 0o755)
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\n`)
  await writeFile(join(control, 'control'), lines.join(''))
  await chmod(join(control, 'control'), 0o644)
  for (const script of scripts === undefined ? [] : MAINTAINER_SCRIPTS) {
    await cp(join(scripts ?? '', script), join(control, script))
    await chmod(join(control, script), 0o755)
  }
}

async function sizeBytes(tree: string): Promise<number> {
  const sizes = await Promise.all((await filesBelow(tree)).map(async (path) => (await lstat(join(tree, path))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
