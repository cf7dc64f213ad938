import type { Flags } from './instruction.ts'
import { suggestion } from './suggestion.ts'
import type { Escape } from './words.ts'

/** `text` needs a value, `list` may stand several times, `boolean` is true without one. */
export type FlagKind = 'text' | 'list' | 'boolean'

/** The flags at the beginning of an instruction, quotes and escapes taken away; `--` ends them. */
export function takeFlags(text: string, escaping: Escape): { words: string[]; rest: string } {
  const words: string[] = []
  let rest = text.trimStart()
  while (rest.startsWith('--')) {
    const { word, length } = firstWord(rest, escaping)
    rest = rest.slice(length).trimStart()
    if (word === '--') break
    words.push(word)
  }
  return { words, rest: rest.trim() }
}

function firstWord(text: string, escaping: Escape): { word: string; length: number } {
  let word = ''
  let quote = ''
  let position = 0
  for (; position < text.length; position++) {
    const character = text[position] ?? ''
    if (character === escaping) word += text[++position] ?? ''
    else if (quote !== '') {
      if (character === quote) quote = ''
      else word += character
    } else if (/\s/.test(character)) break
    else if (character === '"' || character === "'") quote = character
    else word += character
  }
  return { word, length: position }
}

/**
 * Checks flags against those that an instruction has.
 * @throws Error with docker's words
 */
export function checkFlags(words: readonly string[], known: Readonly<Record<string, FlagKind>>): Flags {
  const flags: [string, string][] = []
  for (const word of words) {
    const cut = word.indexOf('=')
    const name = word.slice(2, cut < 0 ? undefined : cut)
    const value = cut < 0 ? undefined : word.slice(cut + 1)
    const kind = Object.hasOwn(known, name) ? known[name] : undefined
    if (kind === undefined) throw new Error(`unknown flag: --${name}${suggestion(name, Object.keys(known))}`)
    if (kind !== 'list' && flags.some(([one]) => one === name)) throw new Error(`duplicate flag specified: --${name}`)
    flags.push([name, kind === 'boolean' ? booleanValue(name, value) : textValue(name, value)])
  }
  return flags
}

function textValue(name: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`missing a value on flag: --${name}`)
  return value
}

function booleanValue(name: string, value: string | undefined): 'true' | 'false' {
  if (value === '') throw new Error(`missing a value on flag: --${name}`)
  const lower = (value ?? 'true').toLowerCase()
  if (lower !== 'true' && lower !== 'false') throw new Error(`expecting boolean value for flag --${name}, not: ${value}`)
  return lower
}
