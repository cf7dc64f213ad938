import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'

/** @returns undefined for what is no JSON, or of another shape */
export function parseJson<S extends TSchema>(schema: S, text: string): Static<S> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  return Check(schema, value) ? value : undefined
}
