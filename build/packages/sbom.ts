import { createHash } from 'node:crypto'
import type { ShippedPackage } from './shipped.ts'

export interface Subject {
  /** The package's, as it is installed. */
  readonly name: string
  readonly version: string
  /** When what it is made of was committed. */
  readonly time: Date
}

/**
 * What is in a package, for programs: a bill of materials.
 * @returns JSON, the same for the same sources
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials({ name, version, time }: Subject, shipped: readonly ShippedPackage[]): string {
  const self = `pkg:generic/${name}@${version}`
  const refs = new Map(shipped.map((one) => [one.path, purl(one)]))
  const needed = new Set(shipped.flatMap(({ needs }) => needs))
  // One that lies in several folders is one component: each reference is there once.
  const byPurl = Map.groupBy(shipped, purl)
  const once = [...new Map(shipped.map((one) => [purl(one), one])).values()]
  const content = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: time.toISOString(),
      component: { type: 'application', 'bom-ref': self, name, version, purl: self, licenses: [{ license: { id: 'Apache-2.0' } }] },
    },
    components: once.map((one) => ({
      type: 'library',
      'bom-ref': purl(one),
      name: one.name,
      version: one.version,
      purl: purl(one),
      ...(one.license === undefined ? {} : { licenses: [/^[\w.-]+$/.test(one.license) ? { license: { id: one.license } } : { expression: one.license }] }),
      ...(one.integrity === undefined ? {} : { hashes: [hash(one.integrity)] }),
    })),
    dependencies: [
      { ref: self, dependsOn: unique(shipped.filter(({ path }) => !needed.has(path)).map(purl)) },
      ...[...byPurl].map(([ref, places]) => ({ ref, dependsOn: unique(places.flatMap(({ needs }) => needs).flatMap((path) => refs.get(path) ?? [])) })),
    ],
  }
  return `${JSON.stringify({ ...content, serialNumber: serialNumber(JSON.stringify(content)) }, null, 2)}\n`
}

/** @see https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
function purl({ name, version, purl }: ShippedPackage): string {
  return purl ?? `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function unique(refs: readonly string[]): string[] {
  return [...new Set(refs)]
}

function hash(integrity: string): { readonly alg: string; readonly content: string } {
  const [algorithm = '', base64 = ''] = integrity.split('-', 2)
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(base64, 'base64').toString('hex') }
}

/** A UUID of version 8, of what is in it: who makes the same, makes the same number. */
function serialNumber(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex')
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
