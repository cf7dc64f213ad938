import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { codeOf } from '../errors.ts'
import { HostKindSchema } from '../ipc/contract.ts'
import { writeWhole } from '../write-whole.ts'
import type { ManagedSettings } from './managed-settings.ts'

/** What a person chose for the window; kept in its own state folder. */
export const DesktopSettingsSchema = Type.Object({ engineHost: HostKindSchema })
export type DesktopSettings = Static<typeof DesktopSettingsSchema>

const DEFAULTS: DesktopSettings = { engineHost: 'native' }

/** What counts: what the administrator locked, what a person chose, what the administrator says otherwise, and our own word. */
export function readDesktopSettings(path: string, { defaults, locked }: Omit<ManagedSettings, 'path'> = { defaults: {}, locked: {} }): DesktopSettings {
  return { ...DEFAULTS, ...defaults, ...kept(path), ...locked }
}

/** What cannot be read is as if nobody had chosen: no window stays shut for it. */
function kept(path: string): Partial<DesktopSettings> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Check(DesktopSettingsSchema, value) ? value : {}
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return {}
    throw error
  }
}

/** Whole or not at all. */
export function writeDesktopSettings(path: string, settings: DesktopSettings): void {
  writeWhole(path, `${JSON.stringify(settings, undefined, 2)}\n`)
}
