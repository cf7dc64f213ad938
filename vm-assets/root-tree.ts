import { createHash } from 'node:crypto'
import { chmod, copyFile, lstat, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Arch } from './arch.ts'
import { engineFiles } from './engine-files.ts'
import { isNeededToRun } from './library-files.ts'
import { MERGED, matches, mergedPath, mergedTarget } from './merged-usr.ts'
import { debianRecipe, npmRecipe } from './recipe.ts'
import { filesBelow } from './unpack.ts'

/** Folders that something is mounted on, or that programs expect: nobody can make them later, the image cannot be written. */
const FOLDERS = [
  'data',
  'dev',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'srv',
  'sys',
  'tmp',
  'home',
  'etc/ssl/certs',
  'usr/lib/engineroom-vm/owners',
  'usr/lib64',
  'usr/sbin',
  'var/lib',
  'Users',
  'Volumes',
]

/** Links from where programs look to where things are. */
const LINKS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(MERGED.map((folder) => [folder, `usr/${folder}`])),
  'etc/mtab': '../proc/self/mounts',
  'etc/resolv.conf': '../run/resolv.conf',
  'etc/ssl/certs/ca-certificates.crt': '/run/ca-certificates.crt',
  'var/run': '../run',
  'var/tmp': '../tmp',
}

const TEXTS: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  'etc/group': 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n',
  'etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
}

/** Where the parts of an image were unpacked. */
export interface TreeSources {
  readonly arch: Arch
  readonly version: string
  /** By the name of the package. */
  readonly debian: ReadonlyMap<string, string>
  readonly npm: ReadonlyMap<string, string>
  /** The engine as it was built: `dist/engine`. */
  readonly engine: string
}

const GUEST = fileURLToPath(new URL('guest/', import.meta.url))
const SCRIPTS = ['boot', 'engine', 'go-on', 'keep-snapshot', 'later', 'listen', 'owned-share', 'power-button', 'shares', 'shutdown', 'stage']
const OWNERS = ['calls', 'changes', 'files', 'linux', 'looks', 'main', 'names', 'nodes', 'places', 'wire'].map((name) => `${name}.lua`)

/** Puts the root file system together, but for the kernel's modules, in a folder that is not there yet. */
export async function makeRootTree(sources: TreeSources, tree: string): Promise<void> {
  for (const folder of FOLDERS) await mkdir(join(tree, folder), { recursive: true })
  for (const [path, target] of Object.entries(LINKS)) await symlink(target, join(tree, path))
  for (const [path, text] of Object.entries(TEXTS)) await writeFile(join(tree, path), text)
  await writeFile(join(tree, 'etc/os-release'), osRelease(sources.version))
  for (const [name, patterns] of Object.entries(debianRecipe(sources.arch))) await takeFrom(name, folderOf(sources.debian, name), patterns, tree)
  await writeFile(join(tree, 'etc/ssl/certs/public.crt'), await publicAuthorities(tree))
  await takeEngine(sources, tree)
  await takeFile(join(GUEST, 'inittab'), join(tree, 'etc/inittab'), 0o644)
  for (const script of SCRIPTS) await takeFile(join(GUEST, script), join(tree, 'usr/lib/engineroom-vm', script), 0o755)
  await writeFile(join(tree, 'usr/lib/engineroom-vm/snapshot-name'), `${await snapshotName(tree)}\n`)
  for (const part of OWNERS) await takeFile(join(GUEST, 'owners', part), join(tree, 'usr/lib/engineroom-vm/owners', part), 0o644)
}

/** A copy keeps the mode of its source, which may come from whoever checked it out or built it. */
async function takeFile(source: string, target: string, mode: number): Promise<void> {
  await copyFile(source, target)
  await chmod(target, mode)
}

function folderOf(folders: ReadonlyMap<string, string>, name: string): string {
  const folder = folders.get(name)
  if (folder === undefined) throw new Error(`the lock does not name ${name}: \`vm build --refresh-lock\``)
  return folder
}

/** @throws Error when a pattern means no file: a package has changed, and the image would lack something */
async function takeFrom(name: string, folder: string, patterns: readonly string[], tree: string): Promise<void> {
  const unused = new Set(patterns)
  for (const path of await filesBelow(folder)) {
    const target = mergedPath(path)
    const pattern = patterns.find((one) => matches(one, target))
    if (pattern === undefined) continue
    unused.delete(pattern)
    await take(join(folder, path), path, join(tree, target))
  }
  // The dynamic linker is in a different folder on each architecture.
  for (const pattern of unused) if (name !== 'libc6') throw new Error(`${name} has no ${pattern}`)
}

async function take(source: string, path: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const stat = await lstat(source)
  if (stat.isSymbolicLink()) return symlink(mergedTarget(path, await readlink(source)), target)
  // No program changes who runs it: there is only root.
  await takeFile(source, target, stat.mode & 0o100 ? 0o755 : 0o644)
}

/** All of Mozilla's authorities in one file, as update-ca-certificates would make it. */
async function publicAuthorities(tree: string): Promise<string> {
  const folder = join(tree, 'usr/share/ca-certificates/mozilla')
  const texts = await Promise.all((await filesBelow(folder)).map((name) => readFile(join(folder, name), 'utf8')))
  return texts.map((text) => `${text.trimEnd()}\n`).join('')
}

async function takeEngine({ arch, npm, engine }: TreeSources, tree: string): Promise<void> {
  const recipe = npmRecipe(arch)
  await takeFile(join(folderOf(npm, recipe.node), 'bin/node'), join(tree, 'usr/bin/node'), 0o755)
  const home = join(tree, 'usr/lib/engineroom')
  for (const name of await engineFiles(engine)) await take(join(engine, name), name, join(home, 'engine', name))
  for (const name of recipe.libraries) {
    const source = folderOf(npm, name)
    for (const path of (await filesBelow(source)).filter((one) => isNeededToRun(arch.npm, one)))
      await take(join(source, path), path, join(home, 'node_modules', name, path))
  }
}

/** One for all that a snapshot of the engine's is made of: Node, the engine, and the flags in the script that makes it. */
async function snapshotName(tree: string): Promise<string> {
  const hash = createHash('sha256')
  for (const path of ['usr/bin/node', 'usr/lib/engineroom/engine/daemon-snapshot.cjs', 'usr/lib/engineroom-vm/engine'])
    hash.update(await readFile(join(tree, path)))
  return hash.digest('hex').slice(0, 32)
}

/** @see os-release(5) */
function osRelease(version: string): string {
  return `ID=engineroom\nNAME=Engineroom\nPRETTY_NAME="Engineroom VM ${version}"\nVERSION_ID=${version}\n`
}
