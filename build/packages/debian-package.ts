import { cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runTool } from '../../vm-assets/run-tool.ts'
import { filesBelow } from '../../vm-assets/unpack.ts'
import { licences } from './licences.ts'
import { makeServerTree } from './server-tree.ts'

const SOURCES = fileURLToPath(new URL('debian/', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NAME = 'engineroom-engine'
const MAINTAINER_SCRIPTS = ['postinst', 'prerm', 'postrm']

/** What the engine starts, and what only some containers, images or commands want. */
const DEPENDS = 'runc | crun, conmon, iproute2, nftables, mount, tar, procps, ca-certificates, adduser, libc6 (>= 2.28), libstdc++6'
const RECOMMENDS = 'tini, openssl, xz-utils, zstd'
const SUGGESTS = 'docker.io | docker-ce-cli, apparmor, git'

export interface PackageOptions {
  /** Larger, and made in a few seconds. */
  readonly isQuick: boolean
  /** Another version than package.json's. */
  readonly version?: string
}

/**
 * Makes the Debian package of the engine and the client: for servers, without a window.
 * @param folder gets it
 * @returns its path
 * @throws Error with what a tool said
 */
export async function makeDebianPackage(folder: string, { isQuick, version }: PackageOptions): Promise<string> {
  const manifest: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const debianVersion = version ?? manifest.version
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const work = await mkdtemp(join(tmpdir(), 'engineroom-package-'))
  try {
    const tree = join(work, 'tree')
    await makeServerTree(process.arch, join(tree, 'usr/lib/engineroom'))
    await addSystemFiles(tree)
    await writeFile(join(tree, `usr/share/doc/${NAME}/copyright`), `${await readFile(join(ROOT, 'LICENSE'), 'utf8')}\n${await licences(process.arch)}`)
    await addControl(tree, { version: debianVersion, architecture })
    const name = `${NAME}_${debianVersion}_${architecture}.deb`
    const compression = isQuick ? ['-Zgzip', '-z1'] : ['-Zxz']
    await runTool('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, join(work, name)])
    // Under its name it is whole.
    await cp(join(work, name), join(folder, `${name}.new`))
    await rename(join(folder, `${name}.new`), join(folder, name))
    return join(folder, name)
  } finally {
    await rm(work, { recursive: true })
  }
}

async function addSystemFiles(tree: string): Promise<void> {
  const folders = ['usr/bin', 'usr/lib/systemd/system', 'etc/engineroom', `usr/share/doc/${NAME}`]
  for (const folder of folders) await mkdir(join(tree, folder), { recursive: true })
  await symlink('../lib/engineroom/engineroom', join(tree, 'usr/bin/engineroom'))
  for (const unit of ['engineroom.service', 'engineroom.socket']) await put(unit, join(tree, 'usr/lib/systemd/system', unit), 0o644)
  await put('leave-host', join(tree, 'usr/lib/engineroom/leave-host'), 0o755)
  await put('README.Debian', join(tree, `usr/share/doc/${NAME}/README.Debian`), 0o644)
}

async function addControl(tree: string, { version, architecture }: { readonly version: string; readonly architecture: string }): Promise<void> {
  const fields = {
    Package: NAME,
    Version: version,
    Architecture: architecture,
    Maintainer: 'Engineroom <packages@engineroom.invalid>',
    'Installed-Size': String(Math.ceil((await sizeBytes(tree)) / 1024)),
    Depends: DEPENDS,
    Recommends: RECOMMENDS,
    Suggests: SUGGESTS,
    Section: 'admin',
    Priority: 'optional',
    Description: 'container engine that speaks the Docker Engine API\n The daemon and its client, for servers: without a window.',
  }
  await mkdir(join(tree, 'DEBIAN'))
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
  await writeFile(join(tree, 'DEBIAN/control'), lines.join(''))
  for (const script of MAINTAINER_SCRIPTS) await put(script, join(tree, 'DEBIAN', script), 0o755)
}

async function put(name: string, target: string, mode: number): Promise<void> {
  await writeFile(target, await readFile(join(SOURCES, name)), { mode })
}

async function sizeBytes(tree: string): Promise<number> {
  const sizes = await Promise.all((await filesBelow(tree)).map(async (path) => (await lstat(join(tree, path))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
