import { asJson, isFields, isTruthy, printed } from './values.ts'

type TemplateFunction = (...values: unknown[]) => unknown

const text = (value: unknown) => (value === undefined || value === null ? '' : printed(value))

/** Go's built-in functions and docker's own. @see docker CLI reference, "Format command and log output" */
const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  // Go's
  and: (...values) => firstOrLast(values, (value) => !isTruthy(value)),
  or: (...values) => firstOrLast(values, isTruthy),
  not: (value) => !isTruthy(value),
  len: lengthOf,
  index: (value, ...keys) => keys.reduce(elementOf, value),
  slice: (value, from = 0, to = undefined) => (Array.isArray(value) ? value : text(value)).slice(Number(from), to === undefined ? undefined : Number(to)),
  print: (...values) => values.map(text).join(' '),
  println: (...values) => `${values.map(text).join(' ')}\n`,
  printf: (format, ...values) => formatted(text(format), values),
  eq: (value, ...others) => others.some((other) => isEqual(value, other)),
  ne: (value, other) => !isEqual(value, other),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  // docker's
  json: (value) => asJson(value),
  pretty: (value) => asJson(value, '    '),
  split: (value, separator) => text(value).split(text(separator)),
  join: (value, separator) => (Array.isArray(value) ? value.map(text).join(text(separator)) : text(value)),
  title: (value) => text(value).replace(/(^|\s)(\p{L})/gu, (_, space: string, letter: string) => space + letter.toUpperCase()),
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  pad: (value, before, after) => (text(value) === '' ? '' : ' '.repeat(Number(before)) + text(value) + ' '.repeat(Number(after))),
  truncate: (value, length) => [...text(value)].slice(0, Number(length)).join(''),
}

/** In the header of a table the values are titles already. */
const HEADER_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = Object.fromEntries(
  ['json', 'title', 'lower', 'upper', 'join', 'truncate'].map((name) => [name, (value: unknown) => value]),
)

export const FUNCTION_NAMES: ReadonlySet<string> = new Set(Object.keys(FUNCTIONS))

/** @throws Error when the function cannot do it with these values */
export function callFunction(name: string, values: readonly unknown[], isHeader: boolean): unknown {
  const found = (isHeader ? HEADER_FUNCTIONS[name] : undefined) ?? FUNCTIONS[name]
  return found?.(...values)
}

/** The value that decides, else the last one. */
function firstOrLast(values: readonly unknown[], decides: (value: unknown) => boolean): unknown {
  const at = values.findIndex(decides)
  return values.at(at)
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  if (isFields(value)) return Object.keys(value).length
  throw new Error(`len of type ${value === undefined || value === null ? 'nil' : typeof value}`)
}

/** A missing key of a map is the empty string: what docker shows for a label that is not there. */
function elementOf(value: unknown, key: unknown): unknown {
  if (isFields(value)) return value[String(key)] ?? ''
  if (Array.isArray(value) || typeof value === 'string') {
    const found: unknown = value[Number(key)]
    if (found === undefined) throw new Error(`index out of range: ${printed(key)}`)
    return found
  }
  throw new Error('index of untyped nil')
}

function isEqual(a: unknown, b: unknown): boolean {
  return (a ?? undefined) === (b ?? undefined)
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  throw new Error('incompatible types for comparison')
}

function formatted(format: string, values: readonly unknown[]): string {
  const rest = [...values]
  return format.replace(/%(-?)(\d*)(?:\.(\d+))?([vsdqtf%])/g, (_, left: string, width: string, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%'
    const value = rest.shift()
    const shown = verb === 'q' ? JSON.stringify(text(value)) : verb === 'f' ? Number(value).toFixed(Number(precision ?? 6)) : text(value)
    return left === '-' ? shown.padEnd(Number(width)) : shown.padStart(Number(width))
  })
}
