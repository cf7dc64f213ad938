import type { Static, TSchema } from 'typebox'
import { EngineError } from '../errors.ts'
import { decodeObject } from './go-json.ts'

/**
 * Decodes a request body.
 * @throws EngineError `invalid` with docker's words
 * @see decodeObject for how forgiving it is
 */
export function decodeJson<T extends TSchema>(schema: T, text: string): Static<T> {
  if (text.trim() === '') throw new EngineError('invalid', 'invalid JSON: got EOF while reading request body')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new EngineError('invalid', explainSyntax(text, cause), { cause })
  }
  return decodeObject(schema, value)
}

/** Go's wording for the commonest faults; clients print it, none parses it further than the prefix. */
function explainSyntax(text: string, cause: unknown): string {
  const complaint = cause instanceof Error ? cause.message : ''
  if (complaint.includes('after JSON')) return 'unexpected content after JSON'
  const character = /^Unexpected token '(.)'/u.exec(complaint)?.[1] ?? text[Number(/position (\d+)/.exec(complaint)?.[1])]
  if (character === undefined) return 'invalid JSON: unexpected EOF'
  return `invalid JSON: invalid character '${character}' looking for beginning of ${complaint.includes('property name') ? 'object key string' : 'value'}`
}
