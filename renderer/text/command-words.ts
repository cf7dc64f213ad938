import { say } from './say.ts'

/**
 * Splits a command as a shell would, quotes and backslashes included, but nothing is expanded.
 * @throws Error for a quote that does not end
 */
export function commandWords(command: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < command.length; at += 1) {
    const character = command[at] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
      else if (character === '\\' && quote === '"' && '"\\'.includes(command[at + 1] ?? ' ')) word += command[(at += 1)] ?? ''
      else word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (character === '\\') {
      word = (word ?? '') + (command[(at += 1)] ?? '')
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = (word ?? '') + character
    }
  }
  if (quote !== '') throw new Error(say('The command has a {quote} without its end.', { quote }))
  return word === undefined ? words : [...words, word]
}
