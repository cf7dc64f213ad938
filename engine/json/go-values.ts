/**
 * Values that clients send as text, read as Go's strconv reads them: the flags of the client, the options of networks,
 * volumes and `--security-opt` alike.
 * @see https://pkg.go.dev/strconv
 */

const TRUE_WORDS = ['1', 't', 'T', 'TRUE', 'true', 'True']
const FALSE_WORDS = ['0', 'f', 'F', 'FALSE', 'false', 'False']

/** `strconv.ParseBool`; undefined for anything that it refuses, as {@link notABoolean} says it. */
export function goBoolean(text: string): boolean | undefined {
  if (TRUE_WORDS.includes(text)) return true
  if (FALSE_WORDS.includes(text)) return false
  return undefined
}

/** What Go says of a text that is no boolean. */
export function notABoolean(text: string): string {
  return `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/**
 * A decimal integer of 64 bits.
 * @param name of the function that Go would have called, for the message
 * @throws Error with Go's words
 */
export function goInteger(text: string, name: 'ParseInt' | 'Atoi' = 'ParseInt'): number {
  const fail = (why: string) => new Error(`strconv.${name}: parsing ${JSON.stringify(text)}: ${why}`)
  if (!/^[+-]?\d+$/.test(text)) throw fail('invalid syntax')
  const value = BigInt(text.replace(/^\+/, ''))
  if (value < INT64.min || value > INT64.max) throw fail('value out of range')
  return Number(value)
}
