import { RegistryError } from './errors.ts'

/** A part of a list, and where the next one starts. */
export interface Page {
  readonly names: readonly string[]
  /** The `last` to ask for it with; undefined when there is none. */
  readonly next: string | undefined
}

/**
 * Case does not count, except between names that differ in nothing else.
 * @see OCI distribution-spec v1.1, "Listing Tags"
 */
export function inLexicalOrder(a: string, b: string): number {
  const [lowerA, lowerB] = [a.toLowerCase(), b.toLowerCase()]
  if (lowerA !== lowerB) return lowerA < lowerB ? -1 : 1
  return a < b ? -1 : Number(a > b)
}

/** @param sorted by {@link inLexicalOrder} @param last what the client has seen already; need not be among them */
export function pageOf(sorted: readonly string[], limit: number, last: string | undefined): Page {
  const rest = last === undefined ? sorted : sorted.filter((name) => inLexicalOrder(name, last) > 0)
  const names = rest.slice(0, limit)
  return { names, next: names.length < rest.length ? names.at(-1) : undefined }
}

/** @returns undefined when the client set no limit @throws RegistryError `PAGINATION_NUMBER_INVALID` */
export function parseLimit(text: string | null): number | undefined {
  if (text === null || text === '') return undefined
  if (!/^\d{1,9}$/.test(text)) throw new RegistryError('PAGINATION_NUMBER_INVALID', { detail: { n: text } })
  return Number(text)
}
