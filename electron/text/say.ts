import type { Language } from '../../renderer/language/language.ts'
import { createSpeaker } from '../../renderer/language/speaker.ts'
import { CHINESE } from './chinese.ts'

let language: Language = 'en'

/** From now on menu, tray, notifications and dialogs are in this language; what is on the screen has to be made anew. */
export function speak(next: Language): void {
  language = next
}

export const { say, sayCount } = createSpeaker<keyof typeof CHINESE>(() => language, CHINESE)
