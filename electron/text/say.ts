import type { Language } from '../../renderer/language/language.ts'
import { createSpeaker } from '../../renderer/language/speaker.ts'
import { CHINESE } from './chinese.ts'
import { FROM_ENGINE } from './from-engine.ts'

let language: Language = 'en'

/** From now on menu, tray, notifications and dialogs are in this language; what is on the screen has to be made anew. */
export function speak(next: Language): void {
  language = next
}

const ALL = { ...CHINESE, ...FROM_ENGINE }

export const { say, sayCount, sayKnown } = createSpeaker<keyof typeof ALL>(() => language, ALL, Object.keys(FROM_ENGINE))
