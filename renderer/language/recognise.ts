import { placesOf } from './message.ts'

/** A sentence that came as text, and what stood in its places. */
export interface Recognised {
  readonly message: string
  readonly values: Readonly<Record<string, string>>
}

/**
 * Finds the message that a sentence was made from: `removes the link /a` is `removes the link {path}` with a path. A message that is
 * said word for word comes first, then the one with most words of its own.
 */
export function createRecogniser(messages: readonly string[]): (text: string) => Recognised | undefined {
  const patterns = messages
    .filter((message) => placesOf(message).length > 0)
    .sort((a, b) => ownLength(b) - ownLength(a))
    .map((message) => ({ message, names: placesOf(message), pattern: patternOf(message) }))
  return (text) => {
    for (const { message, names, pattern } of patterns) {
      const found = pattern.exec(text)
      if (found) return { message, values: Object.fromEntries(names.map((name, at) => [name, found[at + 1] ?? ''])) }
    }
    return undefined
  }
}

function ownLength(message: string): number {
  return message.replace(/\{\w+\}/g, '').length
}

function patternOf(message: string): RegExp {
  return new RegExp(
    `^${message
      .split(/\{\w+\}/)
      .map((own) => own.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
      .join('(.+)')}$`,
    's',
  )
}
