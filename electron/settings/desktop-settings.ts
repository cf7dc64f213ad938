import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { codeOf } from '../errors.ts'
import { HostKindSchema } from '../ipc/contract.ts'
import { writeWhole } from '../write-whole.ts'

/** What a person chose for the window; kept in its own state folder. */
const DesktopSettingsSchema = Type.Object({ engineHost: HostKindSchema })
export type DesktopSettings = Static<typeof DesktopSettingsSchema>

const DEFAULTS: DesktopSettings = { engineHost: 'native' }

/** What cannot be read is as if nobody had chosen: no window stays shut for it. */
export function readDesktopSettings(path: string): DesktopSettings {
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Check(DesktopSettingsSchema, kept) ? kept : DEFAULTS
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return DEFAULTS
    throw error
  }
}

/** Whole or not at all. */
export function writeDesktopSettings(path: string, settings: DesktopSettings): void {
  writeWhole(path, `${JSON.stringify(settings, undefined, 2)}\n`)
}
