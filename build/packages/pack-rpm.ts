import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from '../../vm-assets/run-tool.ts'
import { MAINTAINER } from './pack-debian.ts'
import { type Making, makePackage, type PackageOptions, type PackageTree, secondsOf } from './package-tree.ts'

export interface RpmPackage extends PackageTree {
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly requires: (making: Making) => readonly string[]
  /** Folders that are nobody else's, from the root: they go with the package. */
  readonly own: readonly string[]
  /** Files that run as root whoever starts them. */
  readonly setuid?: readonly string[]
  /** What is run before and after, by the names that a spec has for it; `$1` says how many of the package there are then. */
  readonly scriptlets?: Readonly<Record<string, string>>
}

/** What rpmbuild would do of itself to programs that are built elsewhere, and what of a machine would get into a package. */
const MACROS: Readonly<Record<string, string>> = {
  __os_install_post: '%{nil}',
  debug_package: '%{nil}',
  _build_id_links: 'none',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
  _buildhost: 'engineroom.invalid',
}

/** As rpm names what has a library. @param soname `libnotify.so.4` */
export function libraryOf64Bits(soname: string): string {
  return `${soname}()(64bit)`
}

/**
 * Makes an RPM package. The same sources make the same bytes.
 * @param folder gets it
 * @returns its path
 * @throws Error with what a tool said
 */
export function packRpm(folder: string, one: RpmPackage, options: PackageOptions): Promise<string> {
  return makePackage(folder, one, options, async (work, tree, making) => {
    const architecture = making.arch.rpm
    const name = `${one.name}-${making.version}-1.${architecture}.rpm`
    const macros = { ...MACROS, _topdir: join(work, 'rpm'), _rpmfilename: name, _binary_payload: options.isQuick ? 'w1.gzdio' : 'w19.zstdio' }
    const spec = join(work, `${one.name}.spec`)
    await writeFile(spec, specOf(one, making, tree, await filesOf(tree, one)))
    await mkdir(join(work, 'rpm'))
    const defines = Object.entries(macros).flatMap(([macro, value]) => ['--define', `${macro} ${value}`])
    await runTool('rpmbuild', ['-bb', '--target', `${architecture}-linux`, ...defines, spec], { env: { SOURCE_DATE_EPOCH: secondsOf(making) } })
    await rename(join(work, 'rpm/RPMS', name), join(work, name))
    return join(work, name)
  })
}

/** Its own requirements alone: what rpmbuild finds in programs are libraries that they bring along. */
function specOf({ name, summary, description, requires, scriptlets = {} }: RpmPackage, making: Making, tree: string, files: readonly string[]): string {
  const day = making.time.toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+).*$/, '$1 $3 $2 $4')
  return [
    ...[
      `Name: ${name}`,
      `Version: ${making.version}`,
      'Release: 1',
      `Summary: ${summary}`,
      'License: Apache-2.0',
      'Group: System/Management',
      `Packager: ${MAINTAINER}`,
      'AutoReqProv: no',
    ],
    ...requires(making).map((one) => `Requires: ${one}`),
    ...['', '%description', description, '', '%install', `cp -a '${tree}/.' '%{buildroot}/'`, ''],
    ...Object.entries(scriptlets).flatMap(([when, script]) => [`%${when}`, script.trimEnd(), '']),
    ...['%files', '%defattr(-,root,root,-)', ...files, ''],
    ...['%changelog', `* ${day} ${MAINTAINER} - ${making.version}-1`, '- What has changed is told in CHANGELOG.md.', ''],
  ].join('\n')
}

/** A line for each file, link and folder of the package's own. */
async function filesOf(tree: string, { own, setuid = [] }: RpmPackage): Promise<string[]> {
  const lines: string[] = []
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(tree.length + 1)
    const isOwn = own.some((folder) => path === folder || path.startsWith(`${folder}/`))
    if (entry.isDirectory()) lines.push(...(isOwn ? [`%dir "/${path}"`] : []))
    else lines.push(`${setuid.includes(path) ? '%attr(4755,root,root) ' : ''}"/${path}"`)
  }
  return lines.sort()
}
