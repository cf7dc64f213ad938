import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Arch } from '../../vm-assets/arch.ts'
import { npmRecipe } from '../../vm-assets/recipe.ts'
import { archiveFiles, debianFiles, rpmFiles } from './engine-files.ts'
import { packArchive } from './pack-archive.ts'
import { packDebian } from './pack-debian.ts'
import { libraryOf64Bits, packRpm } from './pack-rpm.ts'
import type { Making, PackageOptions } from './package-tree.ts'
import { makeServerTree } from './server-tree.ts'

export const ENGINE_PACKAGE = 'engineroom-engine'

const SUMMARY = 'container engine that speaks the Docker Engine API'
const DESCRIPTION = 'The daemon and its client, for servers: without a window.'

/** What the engine starts. */
const DEPENDS = 'runc | crun, conmon, iproute2, nftables, mount, procps, ca-certificates, adduser, libc6 (>= 2.28), libstdc++6'

/** What only some containers, images or commands want. */
const RELATIONS = {
  Recommends: 'tini, busybox-static, openssl, xz-utils, zstd',
  Suggests: 'docker.io | docker-ce-cli, apparmor, git',
}

/** The same, as Fedora and those after it call it. */
const REQUIRES = [
  '(runc or crun)',
  'conmon',
  'iproute',
  'nftables',
  'util-linux',
  'procps-ng',
  'ca-certificates',
  'shadow-utils',
  'glibc >= 2.28',
  libraryOf64Bits('libstdc++.so.6'),
]

/** What attaches to a container where npm has no native part of node-unix-socket; Debian and Fedora call it alike. */
function attaching(arch: Arch): string[] {
  return npmRecipe(arch).libraries.some((name) => name.startsWith('node-unix-socket-')) ? [] : ['luajit']
}

/** Where both kinds of packages have it. */
const INSTALLED = {
  fill: (tree: string, { arch }: Making) => makeServerTree(arch, join(tree, 'usr/lib/engineroom')),
  links: { 'usr/bin/engineroom': '../lib/engineroom/engineroom' },
  folders: ['etc/engineroom'],
}

/**
 * Makes the Debian package of the engine and the client: for servers, without a window.
 * @param folder gets it
 * @returns its path
 */
export function makeEnginePackage(folder: string, options: PackageOptions): Promise<string> {
  const engine = {
    ...INSTALLED,
    name: ENGINE_PACKAGE,
    files: (making: Making) => debianFiles(ENGINE_PACKAGE, making),
    fields: ({ arch }: Making) => ({
      Depends: [DEPENDS, ...attaching(arch)].join(', '),
      ...RELATIONS,
      Section: 'admin',
      Priority: 'optional',
      Description: `${SUMMARY}\n ${DESCRIPTION}`,
    }),
    scripts: fileURLToPath(new URL('engine-debian/', import.meta.url)),
  }
  return packDebian(folder, engine, options)
}

/** The same for distributions with RPM. */
export async function makeEngineRpm(folder: string, options: PackageOptions): Promise<string> {
  const scriptlets: Record<string, string> = {}
  for (const name of ['pre', 'post', 'preun', 'postun']) scriptlets[name] = await readFile(new URL(`engine-rpm/${name}`, import.meta.url), 'utf8')
  const engine = {
    ...INSTALLED,
    name: ENGINE_PACKAGE,
    files: (making: Making) => rpmFiles(ENGINE_PACKAGE, making),
    summary: SUMMARY[0]?.toUpperCase() + SUMMARY.slice(1),
    description: DESCRIPTION,
    requires: ({ arch }: Making) => [...REQUIRES, ...attaching(arch)],
    own: ['usr/lib/engineroom', `usr/share/doc/${ENGINE_PACKAGE}`, 'etc/engineroom'],
    scriptlets,
  }
  return packRpm(folder, engine, options)
}

/** The same as a folder that runs from anywhere. */
export function makeEngineArchive(folder: string, options: PackageOptions): Promise<string> {
  return packArchive(folder, ENGINE_PACKAGE, { fill: (tree, { arch }) => makeServerTree(arch, tree), files: archiveFiles }, options)
}
