import type { CommandForm } from './instruction.ts'
import { plainWords } from './words.ts'

/** A list of words, or a line for the shell. */
export function command(text: string): CommandForm {
  const words = jsonWords(text)
  return words ? { form: 'exec', words } : { form: 'shell', line: text }
}

/** Names of files: as a list, or between white space. */
export function listOrWords(text: string): string[] {
  return jsonWords(text) ?? plainWords(text)
}

/** The exec form is a JSON list of strings; what looks like one but is not is a line for the shell, as with docker. */
export function jsonWords(text: string): string[] | undefined {
  const list = jsonList(text)
  return list?.every((word) => typeof word === 'string') ? list : undefined
}

/** A list that has more in it than texts: docker refuses it. */
export function isMixedList(text: string): boolean {
  return jsonList(text)?.some((word) => typeof word !== 'string') ?? false
}

function jsonList(text: string): unknown[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined // A broken list is a shell line.
  }
}
