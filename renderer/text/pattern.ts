/** What a person typed to search by: a regular expression, or why it is none yet. */
export interface ReadPattern {
  readonly pattern: RegExp | undefined
  readonly fault: string
}

/** Upper and lower case count only where there is an upper case letter in it. */
export function readPattern(text: string): ReadPattern {
  if (text === '') return { pattern: undefined, fault: '' }
  try {
    return { pattern: new RegExp(text, /[A-Z]/.test(text) ? 'u' : 'iu'), fault: '' }
  } catch (error) {
    return { pattern: undefined, fault: error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error) }
  }
}
