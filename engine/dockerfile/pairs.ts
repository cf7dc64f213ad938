import type { Place } from './instruction.ts'
import { splitWords } from './words.ts'

/** `NAME` or `NAME=value`. @throws Error with docker's words */
export function argument(word: string): readonly [string, string | undefined] {
  const cut = word.indexOf('=')
  if (cut === 0) throw new Error('ARG names can not be blank')
  return cut < 0 ? [word, undefined] : [word.slice(0, cut), word.slice(cut + 1)]
}

/** What is wrong with the pairs of ENV or LABEL, in docker's words. */
export function pairsMistake(name: string, rest: string, words: readonly string[]): string | undefined {
  const [first] = words
  if (first === undefined) return undefined
  if (!first.includes('=')) return /\s/.test(rest) ? undefined : `${name} must have two arguments`
  const bare = words.find((word) => !word.includes('='))
  return bare === undefined ? undefined : `Syntax error - can't find = in ${JSON.stringify(bare)}. Must be of the form: name=value`
}

/** `A=1 B="two words"`, or the old `NAME rest of the line`. @throws Error with docker's words */
export function pairs(body: Pick<Place, 'escaping'> & { readonly rest: string }, name: string): readonly (readonly [string, string])[] {
  const words = splitWords(body.rest, body.escaping)
  if (words.length === 0) throw new Error(`${name} requires at least one argument`)
  const mistake = pairsMistake(name, body.rest, words)
  if (mistake !== undefined) throw new Error(mistake)
  if (!words[0]?.includes('=')) {
    const [, first = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(body.rest) ?? []
    return [[first, rest]]
  }
  return words.map((word) => {
    const cut = word.indexOf('=')
    if (cut === 0) throw new Error(`${name} names can not be blank`)
    return [word.slice(0, cut), word.slice(cut + 1)]
  })
}
