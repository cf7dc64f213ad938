import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from './shipped.ts'

let manifest: Readonly<Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Readonly<Record<string, string>>>>
/** Of docs/dependencies.md: package and version, licence, and why. */
let rows: readonly (readonly [packages: string, licence: string, reason: string])[]

beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const text = await readFile(join(ROOT, 'docs/dependencies.md'), 'utf8')
  rows = text.split('\n').flatMap((line) => {
    const [, packages, licence, reason] = line.split('|').map((cell) => cell.trim())
    return packages && licence && reason ? [[packages, licence, reason] as const] : []
  })
})

/** `@connectrpc/connect, connect-node 2.3`: a scope is said once. */
function isNamed(name: string, version: string, packages: string): boolean {
  const [scope = '', short = name] = name.startsWith('@') ? name.split('/') : ['', name]
  const isThere = packages.split(/[ ,]+/).some((word) => word === name || word === `${scope}/*` || (packages.includes(`${scope}/`) && word === short))
  const release = version.split('.').slice(0, 2).join('.')
  return isThere && (packages.includes('/*') || packages.split(/[ ,]+/).includes(release))
}

test('each package that we name has a line that says which release, under which licence, and why', () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })
  expect(all.length).toBeGreaterThan(30)
  const without = all.filter(([name, version]) => !rows.some(([packages, , reason]) => isNamed(name, version, packages) && reason.split(' ').length > 1))
  expect(without).toEqual([])
})

test('each is pinned to one release', () => {
  const all = Object.values({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })
  expect(all.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
})
