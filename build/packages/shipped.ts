import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Arch } from '../../vm-assets/arch.ts'
import { npmRecipe } from '../../vm-assets/recipe.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What the page is made of, which nobody installs to run it. */
const IN_THE_PAGE: readonly string[] = ['vue', 'pinia', '@xterm/xterm', '@xterm/addon-fit', '@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono']

/** A package as package-lock.json has it. @see https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json */
export interface LockedPackage {
  readonly version?: string
  readonly license?: string
  /** `sha512-` and base64. */
  readonly integrity?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

export interface ShippedPackage {
  readonly name: string
  /** Its folder from the root. */
  readonly path: string
  readonly version: string
  /** Where whoever made the package says it in a word. */
  readonly license: string | undefined
  /** Its package URL, where it is not npm's. */
  readonly purl?: string
  readonly integrity: string | undefined
  /** The folders of what it is built on, of what is shipped. */
  readonly needs: readonly string[]
}

export type Lock = Readonly<Record<string, LockedPackage>>

export async function readLock(): Promise<Lock> {
  const { packages }: { packages: Lock } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'))
  return packages
}

/** What the package for servers has something of. */
export function shippedWithEngine(lock: Lock, arch: Arch): ShippedPackage[] {
  const { node, libraries } = npmRecipe(arch)
  return withNeeds(lock, [node, ...libraries, ...IN_THE_PAGE, ...Object.keys(lock['']?.dependencies ?? {})])
}

/** What the package of the window has something of, besides Electron. */
export function shippedWithDesktop(lock: Lock): ShippedPackage[] {
  return withNeeds(lock, ['typebox', ...IN_THE_PAGE])
}

/** The packages, and what they are built on, sorted by name. */
function withNeeds(lock: Lock, roots: readonly string[]): ShippedPackage[] {
  const needsOf = (path: string) =>
    Object.keys(lock[path]?.dependencies ?? {})
      .map((name) => resolve(lock, path, name))
      .sort()
  const found = new Set<string>()
  const visit = (path: string) => {
    if (found.has(path)) return
    found.add(path)
    for (const need of needsOf(path)) visit(need)
  }
  for (const name of roots) visit(resolve(lock, '', name))
  return [...found].sort().map((path) => {
    const { version, license, integrity } = lock[path] ?? {}
    if (version === undefined || license === undefined) throw new Error(`package-lock.json does not say which version or licence ${path} has`)
    return { name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), path, version, license, integrity, needs: needsOf(path) }
  })
}

/** Looks where Node looks: beside, and further and further out. */
function resolve(lock: Lock, from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (Object.hasOwn(lock, path)) return path
    if (folder === '') throw new Error(`package-lock.json has no ${name}, which ${from || 'we'} need`)
  }
}
