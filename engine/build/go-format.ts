/** Text as Go's `%q` prints it. @see https://pkg.go.dev/fmt */
export function goQuoted(text: string): string {
  return JSON.stringify(text).replace(/\\u00([0-9a-f]{2})/g, '\\x$1')
}

/** A list of texts as Go's `%q` prints it: `["a" "b"]`. */
export function goQuotedList(words: readonly string[]): string {
  return `[${words.map(goQuoted).join(' ')}]`
}

/** A number as Go's `%q` prints it: the character with this number. */
export function goQuotedNumber(number: number): string {
  if (number === 0x27) return "'\\''"
  if (number === 0x07 || number === 0x0b) return number === 7 ? "'\\a'" : "'\\v'"
  return `'${goQuoted(String.fromCodePoint(number)).slice(1, -1).replace('\\"', '"')}'`
}
