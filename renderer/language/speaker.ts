import type { Language } from './language.ts'
import { fill, plainText, type Value, type Values, type ValuesIfAny } from './message.ts'
import { createRecogniser } from './recognise.ts'

/** Each message in another language. */
export type Catalogue<M extends string> = Readonly<Record<M, string>>

/** Says messages in the language of the moment. Its type knows every message: one without a translation does not compile. */
export interface Speaker<M extends string> {
  say<T extends M>(message: T, ...values: ValuesIfAny<T>): string
  /**
   * For a number of things: one of them, or several.
   * @param other the message in the catalogue; `{count}` is the number
   */
  sayCount<T extends M>(count: number, one: string, other: T, values?: Omit<Values<T>, 'count'>): string
  /** What comes from elsewhere as text, in English: translated where it is known, with its values, else as it came. */
  sayKnown(text: string): string
  /** Things of a list that is no sentence. */
  sayList(items: readonly string[]): string
  /** A number as the language writes it. */
  sayNumber(value: number): string
}

/**
 * @param language read again for each message, so that who watches it sees that words depend on it
 * @param fromElsewhere messages that others say, with values in them already
 */
export function createSpeaker<M extends string>(language: () => Language, chinese: Catalogue<M>, fromElsewhere: readonly string[] = []): Speaker<M> {
  const known = new Map(Object.entries<string>(chinese))
  const recognise = createRecogniser(fromElsewhere)
  const numbers = { en: new Intl.NumberFormat('en'), 'zh-CN': new Intl.NumberFormat('zh-CN') }
  const inLanguage = (message: string) => (language() === 'en' ? plainText(message) : (known.get(message) ?? plainText(message)))
  const filled = (text: string, values: Readonly<Record<string, Value>> = {}) => fill(text, values, numbers[language()])
  const chineseOf = (text: string) => {
    if (known.has(text)) return known.get(text)
    const found = recognise(text)
    return found && filled(inLanguage(found.message), found.values)
  }
  return {
    say: (message, ...[values]) => filled(inLanguage(message), values),
    sayCount: (count, one, other, values) => filled(language() === 'en' && count === 1 ? plainText(one) : inLanguage(other), { ...values, count }),
    sayKnown: (text) => {
      if (language() === 'en') return text
      // Sentences before the whole: a place at the end of one would take in the next.
      const sentences = known.has(text) ? [chineseOf(text)] : text.split(/(?<=\.) /).map(chineseOf)
      return sentences.every((one) => one !== undefined) ? sentences.join('') : (chineseOf(text) ?? text)
    },
    sayList: (items) => items.join(language() === 'en' ? ', ' : '、'),
    sayNumber: (value) => numbers[language()].format(value),
  }
}
