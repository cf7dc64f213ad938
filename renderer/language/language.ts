/** The languages that everything is said in. */
export type Language = 'en' | 'zh-CN'

/** What a person chooses: a language, or that of the system. */
export const LANGUAGE_CHOICES = ['system', 'en', 'zh-CN'] as const
export type LanguageChoice = (typeof LANGUAGE_CHOICES)[number]

/**
 * The language for a choice.
 * @param preferred languages of the system as BCP 47 tags, the best first; traditional Chinese reads simplified more easily than English
 */
export function languageFor(choice: LanguageChoice, preferred: readonly string[]): Language {
  if (choice !== 'system') return choice
  const first = preferred.map((tag) => tag.toLowerCase()).find((tag) => /^(en|zh)\b/.test(tag))
  return first?.startsWith('zh') ? 'zh-CN' : 'en'
}
