import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ARCHES, type Arch } from './arch.ts'
import { compareDebianVersions } from './debian-version.ts'
import { download } from './fetch-locked.ts'
import type { LockedArch, LockedFile, LockFile } from './lock-file.ts'
import { type IndexedPackage, parsePackageIndex } from './package-index.ts'
import { debianRecipe, kernelPackage, npmRecipe } from './recipe.ts'
import { runTool } from './run-tool.ts'

interface Suite {
  readonly archive: 'debian' | 'debian-security'
  readonly name: string
}

const SUITES: readonly Suite[] = [
  { archive: 'debian', name: 'bookworm' },
  { archive: 'debian', name: 'bookworm-updates' },
  { archive: 'debian-security', name: 'bookworm-security' },
]

/** Where packages are today, and where Debian keeps what its archive has dropped. */
const MIRROR = 'https://deb.debian.org'
const SNAPSHOT = 'https://snapshot.debian.org/archive'

/** Asks Debian's archive and the npm registry for what the recipe names. */
export async function refreshLock(now: Date): Promise<LockFile> {
  return { x86_64: await lockArch(ARCHES.x86_64, now), arm64: await lockArch(ARCHES.arm64, now) }
}

/** The newest of what the recipe names for one processor. */
export async function lockArch(arch: Arch, now: Date): Promise<LockedArch> {
  const newest = await newestPackages(arch, now)
  const meta = newest.get(kernelPackage(arch))
  const kernel = meta?.indexed.depends.find((name) => name.startsWith('linux-image-'))
  if (kernel === undefined) throw new Error(`${kernelPackage(arch)} names no kernel`)
  const debian = [...Object.keys(debianRecipe(arch)), kernel].map((name) => {
    const found = newest.get(name)
    if (!found) throw new Error(`Debian has no ${name} for ${arch.debian}`)
    return found.file
  })
  const { node, libraries } = npmRecipe(arch)
  const npm = await Promise.all([node, ...libraries].map(lockNpm))
  return { kernel: kernel.replace('linux-image-', ''), debian, npm }
}

/** Of each package, the newest version that a suite has. */
async function newestPackages(arch: Arch, now: Date): Promise<Map<string, { indexed: IndexedPackage; file: LockedFile }>> {
  const wanted = new Set(Object.keys(debianRecipe(arch)))
  const newest = new Map<string, { indexed: IndexedPackage; file: LockedFile }>()
  for (const { archive, name: suite } of SUITES) {
    const compressed = await download(`${MIRROR}/${archive}/dists/${suite}/main/binary-${arch.debian}/Packages.xz`)
    const text = (await runTool('xz', ['--decompress', '--stdout'], { input: compressed })).toString()
    for (const indexed of parsePackageIndex(text, (name) => wanted.has(name) || name.startsWith('linux-image-'))) {
      const before = newest.get(indexed.name)
      if (before && compareDebianVersions(before.indexed.version, indexed.version) >= 0) continue
      const { name, version, filename, sha256, sizeBytes } = indexed
      const urls = [`${MIRROR}/${archive}/${filename}`, `${SNAPSHOT}/${archive}/${timestamp(now)}/${filename}`]
      newest.set(name, { indexed, file: { name, version, urls, sha256, sizeBytes } })
    }
  }
  return newest
}

/** As snapshot.debian.org writes it: `20261127T215500Z`. */
function timestamp(now: Date): string {
  return now.toISOString().replace(/[-:]|\.\d+/g, '')
}

/** Of what package.json says: the same versions that the engine is tested with. */
async function lockNpm(name: string): Promise<LockedFile> {
  const version = await npmVersion(name)
  const url = `https://registry.npmjs.org/${name}/-/${name}-${version}.tgz`
  const bytes = await download(url)
  return { name, version, urls: [url], sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length }
}

async function npmVersion(name: string): Promise<string> {
  const { dependencies, optionalDependencies } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as PackageJson
  // The native part of a package has the package's version.
  const version = optionalDependencies[name] ?? dependencies[name] ?? dependencies[name.replace(/-linux-.*$/, '')]
  if (version === undefined) throw new Error(`package.json does not name ${name}`)
  return version
}

interface PackageJson {
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}
