import { GENERAL } from './general.ts'
import { HOST } from './host.ts'
import { KNOWN } from './known.ts'
import { SETTINGS } from './settings.ts'
import { WINDOW } from './window.ts'

/** Simplified Chinese for every message of the window; a message is what stands in the code ([decision 47](../../../docs/decisions/0047-two-languages.md)). */
export const CHINESE = { ...GENERAL, ...WINDOW, ...SETTINGS, ...HOST, ...KNOWN }
