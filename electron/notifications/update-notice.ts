import { SETTINGS_PLACE } from '../desktop/places.ts'
import { say } from '../text/say.ts'
import type { Notice } from './notice.ts'

/** That there is a newer version of this program. */
export function updateNotice(version: string, installed: string): Omit<Notice, 'kind'> {
  const body = say('You have {installed}. Nothing is installed unless you do it, in Settings.', { installed })
  return { title: say('Engineroom {version} is there', { version }), body, place: SETTINGS_PLACE }
}
