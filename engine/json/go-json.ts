import type { Static, TSchema } from 'typebox'
import { EngineError } from '../errors.ts'

/**
 * Fits a parsed JSON value to a schema the way Go's encoding/json does, because clients rely on it: field names match
 * without regard to case, unknown fields are ignored, `null` means "unset", a wrong type is an error.
 * @throws EngineError `invalid` with docker's words
 */
export function decodeObject<T extends TSchema>(schema: T, value: unknown): Static<T> {
  // The docker CLI 20.10 sends `null` where it has nothing to say.
  return decodeValue(schema, value ?? {}, '') as Static<T>
}

/** The shape of the schemas that we use: the part of JSON Schema that TypeBox builds for them. */
interface SchemaNode {
  readonly type?: string
  readonly properties?: Record<string, SchemaNode>
  readonly patternProperties?: Record<string, SchemaNode>
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly const?: unknown
}

function decodeValue(schema: SchemaNode, value: unknown, path: string): unknown {
  if (value === null) return undefined
  if (schema.anyOf) return decodeUnion(schema.anyOf, value, path)
  switch (schema.type) {
    case 'object':
      return decodeStruct(schema, value, path)
    case 'array':
      if (!Array.isArray(value)) throw mismatch(value, path, 'slice')
      return value.map((item) => decodeValue(schema.items ?? {}, item, path) ?? emptyOf(schema.items))
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, path, 'string')
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, path, 'bool')
      return value
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw mismatch(value, path, 'int64')
      return value
    case 'number':
      if (typeof value !== 'number') throw mismatch(value, path, 'float64')
      return value
    default:
      return value
  }
}

/** A `null` inside a map is Go's zero value, too, unless the map is one of pointers. */
function nullIn(schema: SchemaNode): unknown {
  return schema.anyOf?.some(({ type }) => type === 'null') ? null : emptyOf(schema)
}

/** A `null` inside a list is Go's zero value of the element. */
function emptyOf(schema: SchemaNode | undefined): unknown {
  return schema?.type === 'string' ? '' : schema?.type === 'object' ? {} : null
}

/** A union here is "string or list of strings" and the like: the first alternative of the value's own kind. */
function decodeUnion(alternatives: readonly SchemaNode[], value: unknown, path: string): unknown {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'number' ? 'integer' : typeof value
  const match = alternatives.find((alternative) => alternative.type === kind || alternative.const === value)
  if (!match) throw mismatch(value, path, alternatives[0]?.type ?? 'value')
  return decodeValue(match, value, path)
}

function decodeStruct(schema: SchemaNode, value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch(value, path, 'struct')
  const mapValue = schema.patternProperties && Object.values(schema.patternProperties)[0]
  // From entries, so that a key called __proto__ is a key.
  if (mapValue)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, item === null ? nullIn(mapValue) : decodeValue(mapValue, item, path)]))
  const properties = schema.properties ?? {}
  const result: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const name = Object.hasOwn(properties, key) ? key : findIgnoringCase(properties, key)
    if (name === undefined) continue
    const property = properties[name]
    const decoded = property && decodeValue(property, item, path === '' ? name : `${path}.${name}`)
    if (decoded !== undefined) result[name] = decoded
  }
  return result
}

const lowerCaseNames = new WeakMap<object, Map<string, string>>()

function findIgnoringCase(properties: Record<string, SchemaNode>, key: string): string | undefined {
  let names = lowerCaseNames.get(properties)
  if (!names) {
    names = new Map(Object.keys(properties).map((name) => [name.toLowerCase(), name]))
    lowerCaseNames.set(properties, names)
  }
  return names.get(key.toLowerCase())
}

function mismatch(value: unknown, path: string, goType: string): EngineError {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? `number ${value}` : typeof value
  const where = path === '' ? 'Go value' : `Go struct field .${path}`
  return new EngineError('invalid', `invalid JSON: json: cannot unmarshal ${kind} into ${where} of type ${goType}`)
}
