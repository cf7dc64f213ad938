import type { Random } from '../chaos/random.ts'
import type { Json } from './bodies.ts'
import { NASTY_JSON, one } from './values.ts'

/**
 * The text of a JSON document with something wrong in it: a field of the wrong kind, one too many, one missing, one
 * twice; or, now and then, bytes that are no JSON at all.
 */
export function mutatedText(random: Random, document: Json): Buffer {
  let text = JSON.stringify(document)
  const count = random.between(0, 3)
  for (let round = 0; round < count; round++) text = withChangedField(random, text)
  return random.chance(0.12) ? damaged(random, text) : Buffer.from(text)
}

/** A JSON document is changed as text, so that it may say what no object can hold: keys twice, numbers without end. */
function withChangedField(random: Random, text: string): string {
  const fields = [...text.matchAll(/"(\w+)":/g)]
  const field = random.pick(fields)
  if (!field) return one(random, NASTY_JSON)
  const from = field.index + field[0].length
  const to = endOfValue(text, from)
  const value = text.slice(from, to)
  const before = text.slice(0, field.index)
  const after = text.slice(to)
  return random.weighted<() => string>([
    [6, () => `${before}${field[0]}${one(random, NASTY_JSON)}${after}`],
    [1, () => `${before}${field[0]}${one(random, NASTY_JSON)},${field[0]}${value}${after}`],
    [1, () => `${before}"${field[1]?.toLowerCase()}":${value}${after}`],
    [1, () => `${before}"nosuch":${value}${after}`],
    [1, () => `${before}${field[0]}[${value}]${after}`],
    [1, () => `${before}${field[0]}{"a":${value}}${after}`],
  ])()
}

/** Where the value that begins at `from` ends; `text.length` when it does not. */
function endOfValue(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at)
    else if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    else if (character === ',' && depth === 0) return at
    if (depth < 0) return at
  }
  return text.length
}

/** Of the quote that ends the string that begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at
  }
  return text.length
}

function damaged(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text)
  const at = random.between(0, bytes.length)
  const insert = (junk: Buffer) => Buffer.concat([bytes.subarray(0, at), junk, bytes.subarray(at)])
  return random.weighted<() => Buffer>([
    [2, () => bytes.subarray(0, at)],
    [1, () => insert(Buffer.from([0xff, 0xfe]))],
    [1, () => insert(Buffer.from([0xc0, 0x80]))],
    [1, () => insert(Buffer.from([0x00]))],
    [1, () => insert(Buffer.from('\u2028'))],
    [1, () => Buffer.concat([bytes, Buffer.from(' trailing')])],
    [1, () => Buffer.concat([Buffer.from('\ufeff'), bytes])],
    [1, () => Buffer.from(text.replaceAll('"', "'"))],
    [1, () => Buffer.concat([bytes, bytes])],
    [1, () => Buffer.alloc(0)],
    [1, () => Buffer.from('\n')],
  ])()
}
