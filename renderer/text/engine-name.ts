import { asRecords, type JsonRecord, recordAt, textAt } from '../api/json.ts'

/** What our own engine calls itself. */
const OURS = 'Engineroom'

/** What an engine is, as it says of itself. @see Engine API 1.51 SystemVersion */
export interface EngineName {
  /** `Engineroom`, `dockerd`, `podman`. */
  readonly product: string
  readonly version: string
  /** It answers `/engineroom/v1/…`. */
  readonly isOurs: boolean
}

/** Reads `/version`: dockerd calls its first component `Engine`, podman `Podman Engine`. */
export function engineNameIn(said: JsonRecord): EngineName {
  const platform = textAt(recordAt(said, 'Platform'), 'Name')
  const component = textAt(asRecords(said.Components)[0] ?? {}, 'Name')
  const isOurs = platform === OURS
  const product = isOurs ? OURS : component.startsWith('Podman') ? 'podman' : component === 'Engine' ? 'dockerd' : platform || 'engine'
  return { product, version: textAt(said, 'Version'), isOurs }
}
