import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ENGINE_SOURCES, engineFiles } from './engine-files.ts'
import { type Making, type PackageOptions, packDebian } from './pack-debian.ts'
import { makeServerTree } from './server-tree.ts'

export const ENGINE_PACKAGE = 'engineroom-engine'

/** What the engine starts, and what only some containers, images or commands want. */
const RELATIONS = {
  Depends: 'runc | crun, conmon, iproute2, nftables, mount, procps, ca-certificates, adduser, libc6 (>= 2.28), libstdc++6',
  Recommends: 'tini, openssl, xz-utils, zstd',
  Suggests: 'docker.io | docker-ce-cli, apparmor, git',
}

/**
 * Makes the Debian package of the engine and the client: for servers, without a window.
 * @param folder gets it
 * @returns its path
 */
export function makeEnginePackage(folder: string, options: PackageOptions): Promise<string> {
  const engine = {
    name: ENGINE_PACKAGE,
    fill: (tree: string) => makeServerTree(process.arch, join(tree, 'usr/lib/engineroom')),
    files: (making: Making) => engineFiles(ENGINE_PACKAGE, making),
    links: { 'usr/bin/engineroom': '../lib/engineroom/engineroom' },
    folders: ['etc/engineroom'],
    fields: () => ({
      ...RELATIONS,
      Section: 'admin',
      Priority: 'optional',
      Description: 'container engine that speaks the Docker Engine API\n The daemon and its client, for servers: without a window.',
    }),
    scripts: fileURLToPath(ENGINE_SOURCES),
  }
  return packDebian(folder, engine, options)
}
