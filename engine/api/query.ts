import { EngineError, messageOf } from '../errors.ts'
import { goInteger } from '../json/go-values.ts'
import { parseTime } from './times.ts'

const FALSE_WORDS = new Set(['', '0', 'no', 'false', 'none'])

/**
 * The query of a request, read as dockerd reads it.
 * @see Engine API notes: booleans are true unless they say no; filters come in two JSON shapes.
 */
export class Query {
  readonly #values: URLSearchParams

  constructor(values: URLSearchParams) {
    this.#values = values
  }

  /** These values behind those of a form. */
  after(form: URLSearchParams): Query {
    return new Query(new URLSearchParams([...form, ...this.#values]))
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** The first value, or `''`. */
  text(key: string): string {
    return this.#values.get(key) ?? ''
  }

  all(key: string): string[] {
    return this.#values.getAll(key)
  }

  /** `fallback` counts only when the key is absent: present but empty is false. */
  flag(key: string, fallback = false): boolean {
    const value = this.#values.get(key)
    return value === null ? fallback : !FALSE_WORDS.has(value.trim().toLowerCase())
  }

  /** @throws EngineError `system` (sic: dockerd answers 500) when it is not an integer */
  integer(key: string): number | undefined {
    const value = this.#values.get(key)
    if (value === null || value === '') return undefined
    try {
      return goInteger(value, 'Atoi')
    } catch (cause) {
      throw new EngineError('system', messageOf(cause), { cause })
    }
  }

  /** @throws EngineError `invalid` when the key is not a JSON object of lists or sets */
  filters(): Filters {
    return parseFilters(this.text('filters'))
  }

  /** A field that carries JSON inside the query, such as `buildargs`. Absent or empty gives undefined. */
  json(key: string): unknown {
    const text = this.text(key)
    if (text === '') return undefined
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new EngineError('invalid', `invalid JSON in query parameter ${key}`, { cause })
    }
  }
}

/** `filters` of a list, events or prune request: key → values. Several values of one key mean "or". */
export class Filters {
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(values: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.#values = values
  }

  get(key: string): readonly string[] {
    return this.#values.get(key) ?? []
  }

  has(key: string): boolean {
    return this.get(key).length > 0
  }

  keys(): string[] {
    return [...this.#values.keys()]
  }

  /** @throws EngineError `invalid` when a key is not one of `known` */
  allow(...known: string[]): this {
    for (const key of this.keys()) {
      if (!known.includes(key)) throw new EngineError('invalid', `invalid filter '${key}'`)
    }
    return this
  }

  /** True when the key is absent or one of its values equals `actual`. */
  matchesExactly(key: string, ...actual: string[]): boolean {
    return !this.has(key) || this.get(key).some((value) => actual.includes(value))
  }

  /** True when the key is absent or one of its values, an unanchored regular expression, fits one of `actual`. */
  matchesPattern(key: string, ...actual: string[]): boolean {
    return !this.has(key) || this.get(key).some((value) => actual.some((text) => text === value || asPattern(value)?.test(text)))
  }

  /** `label=k` and `label=k=v`; all of them must fit. Also understands the negated `label!`. */
  matchesLabels(labels: Readonly<Record<string, string>> | null | undefined): boolean {
    const fits = (wanted: string): boolean => {
      const cut = wanted.indexOf('=')
      const key = cut < 0 ? wanted : wanted.slice(0, cut)
      const value = labels?.[key]
      return value !== undefined && (cut < 0 || value === wanted.slice(cut + 1))
    }
    return this.get('label').every(fits) && !this.get('label!').some(fits)
  }

  /** The moment, in nanoseconds since 1970, before which a prune takes things. @throws EngineError `invalid` for two of them, or what is no time */
  until(): bigint | undefined {
    const [time, ...more] = this.get('until')
    if (more.length > 0) throw new EngineError('invalid', 'more than one until filter specified')
    return time === undefined ? undefined : parseTime(time)
  }

  /** A boolean filter such as `dangling`. @throws EngineError `invalid` on anything but true, false, 1, 0 */
  flag(key: string): boolean | undefined {
    const value = this.get(key)[0]
    if (value === undefined) return undefined
    if (['true', 'True', '1'].includes(value)) return true
    if (['false', 'False', '0'].includes(value)) return false
    throw new EngineError('invalid', `invalid filter '${key}=[${this.get(key).join(' ')}]'`)
  }
}

function asPattern(source: string): RegExp | undefined {
  try {
    return new RegExp(source)
  } catch {
    return undefined // Not a pattern: it can still match exactly.
  }
}

/** @see engine-api notes 1.6: `{"label":{"a=b":true}}` (Go) or `{"label":["a=b"]}` (docker-py, dockerode) */
export function parseFilters(text: string): Filters {
  if (text === '') return new Filters()
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new EngineError('invalid', 'invalid filter', { cause })
  }
  if (parsed === null) return new Filters()
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw new EngineError('invalid', 'invalid filter')
  const values = new Map<string, readonly string[]>()
  for (const [key, value] of Object.entries(parsed)) {
    values.set(key, valuesOf(value))
  }
  return new Filters(values)
}

/** Of one key: `null` is a list without values. */
function valuesOf(value: unknown): string[] {
  if (value === null) return []
  if (typeof value !== 'object') throw new EngineError('invalid', 'invalid filter')
  return Array.isArray(value) ? value.map(plainText) : Object.keys(value)
}

/** dockerode sends numbers and booleans as they are. */
function plainText(value: unknown): string {
  if (!['string', 'number', 'boolean'].includes(typeof value)) throw new EngineError('invalid', 'invalid filter')
  return String(value)
}
