export type JsonTokenKind = 'key' | 'text' | 'number' | 'word' | 'punctuation'

export interface JsonToken {
  readonly kind: JsonTokenKind
  readonly text: string
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)|([^"\-\dtfn]+|.)/g

/** A value as indented JSON, cut into what is to be seen in one colour. */
export function jsonTokens(value: unknown): JsonToken[] {
  const tokens: JsonToken[] = []
  for (const [, text, colon, number, word, other] of JSON.stringify(value, null, 2).matchAll(TOKEN)) {
    if (text !== undefined) tokens.push({ kind: colon === undefined ? 'text' : 'key', text })
    if (colon !== undefined) tokens.push({ kind: 'punctuation', text: colon })
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    if (word !== undefined) tokens.push({ kind: 'word', text: word })
    if (other !== undefined) tokens.push({ kind: 'punctuation', text: other })
  }
  return tokens
}
