import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runTool } from '../../vm-assets/run-tool.ts'
import { filesBelow } from '../../vm-assets/unpack.ts'
import { built } from '../bundle.ts'
import { makeServerTree } from './server-tree.ts'
import { type PackedFile, systemFiles } from './system-files.ts'

const SOURCES = fileURLToPath(new URL('debian/', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NAME = 'engineroom-engine'
const MAINTAINER = 'Engineroom <packages@engineroom.invalid>'
const MAINTAINER_SCRIPTS = ['postinst', 'prerm', 'postrm']

/** What the engine starts, and what only some containers, images or commands want. */
const DEPENDS = 'runc | crun, conmon, iproute2, nftables, mount, procps, ca-certificates, adduser, libc6 (>= 2.28), libstdc++6'
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
  const time = new Date(built().time)
  const work = await mkdtemp(join(tmpdir(), 'engineroom-package-'))
  try {
    const tree = join(work, 'tree')
    await makeServerTree(process.arch, join(tree, 'usr/lib/engineroom'))
    await addFiles(tree, await systemFiles({ name: NAME, version: debianVersion, maintainer: MAINTAINER, time }))
    await addControl(tree, { version: debianVersion, architecture })
    await settleModes(tree)
    const name = `${NAME}_${debianVersion}_${architecture}.deb`
    const compression = isQuick ? ['-Zgzip', '-z1'] : ['-Zxz']
    // One thread, and no time that is later than the sources': the same sources make the same bytes, on any machine.
    const env = { SOURCE_DATE_EPOCH: String(time.getTime() / 1000) }
    await runTool('dpkg-deb', ['--root-owner-group', '--threads-max=1', ...compression, '--build', tree, join(work, name)], { env })
    // Under its name it is whole.
    await cp(join(work, name), join(folder, `${name}.new`))
    await rename(join(folder, `${name}.new`), join(folder, name))
    return join(folder, name)
  } finally {
    await rm(work, { recursive: true })
  }
}

async function addFiles(tree: string, files: readonly PackedFile[]): Promise<void> {
  for (const { path, content, isProgram = false } of files) {
    await mkdir(dirname(join(tree, path)), { recursive: true })
    await writeFile(join(tree, path), content)
    if (isProgram) await chmod(join(tree, path), 0o755)
  }
  await mkdir(join(tree, 'usr/bin'), { recursive: true })
  await symlink('../lib/engineroom/engineroom', join(tree, 'usr/bin/engineroom'))
  await mkdir(join(tree, 'etc/engineroom'), { recursive: true })
}

async function addControl(tree: string, { version, architecture }: { readonly version: string; readonly architecture: string }): Promise<void> {
  const fields = {
    Package: NAME,
    Version: version,
    Architecture: architecture,
    Maintainer: MAINTAINER,
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
  for (const script of MAINTAINER_SCRIPTS) {
    await cp(join(SOURCES, script), join(tree, 'DEBIAN', script))
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
