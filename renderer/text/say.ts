import { shallowRef } from 'vue'
import type { Language } from '../language/language.ts'
import type { PlacesOf } from '../language/message.ts'
import { createSpeaker } from '../language/speaker.ts'
import { CHINESE } from './chinese/catalogue.ts'
import { KNOWN_MESSAGES } from './chinese/known.ts'

/** The language of the window; the store of that name sets it. Whatever is drawn with `say` is drawn anew when it changes. */
export const language = shallowRef<Language>('en')

/** Every sentence of the window. */
export type Message = keyof typeof CHINESE

/** A sentence that takes no values. */
export type PlainMessage = { [M in Message]: [PlacesOf<M>] extends [never] ? M : never }[Message]

export const { say, sayCount, sayKnown, sayList, sayNumber } = createSpeaker<Message>(() => language.value, CHINESE, KNOWN_MESSAGES)
