/** Something a template can look into: JSON, or a row whose functions are methods that take arguments. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Go's idea of true: anything but zero and empty. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (isFields(value)) return Object.keys(value).length > 0
  return Boolean(value)
}

/** As Go prints a value with `%v`. */
export function printed(value: unknown): string {
  if (value === undefined) return '<no value>'
  return nested(value)
}

function nested(value: unknown): string {
  if (value === undefined || value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(nested).join(' ')}]`
  if (!isFields(value)) return String(value)
  return `map[${Object.keys(value)
    .sort()
    .map((key) => `${key}:${nested(value[key])}`)
    .join(' ')}]` // prettier-ignore
}

/** Marks the rows of a list: their JSON has HTML characters escaped, as docker's. */
export const ROW = Symbol('row')

/** JSON without line breaks, or indented. */
export function asJson(value: unknown, indent?: string): string {
  const json = JSON.stringify(value ?? null, undefined, indent)
  return isFields(value) && ROW in value ? json.replace(/[<>&]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`) : json
}
