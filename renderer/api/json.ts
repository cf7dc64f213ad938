/** Reading what the engine sent: nothing is believed to have a type before one of these looked at it. */

export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at `key`, or an empty one: docker writes null for "none". */
export function recordAt(from: JsonRecord, key: string): JsonRecord {
  const value = from[key]
  return isRecord(value) ? value : {}
}

/** The objects of the list at `key`; empty for null. */
export function recordsAt(from: JsonRecord, key: string): JsonRecord[] {
  return asRecords(from[key])
}

export function asRecords(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function textAt(from: JsonRecord, key: string): string {
  const value = from[key]
  return typeof value === 'string' ? value : ''
}

export function numberAt(from: JsonRecord, key: string): number | undefined {
  const value = from[key]
  return typeof value === 'number' ? value : undefined
}

export function textsAt(from: JsonRecord, key: string): string[] {
  const value = from[key]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** A map of text to text (labels, attributes); what is not text is left out. */
export function textMapAt(from: JsonRecord, key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(recordAt(from, key)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
