import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { codeOf } from '../errors.ts'
import { AppSettingsSchema, HostKindSchema } from '../ipc/contract.ts'
import { writeWhole } from '../write-whole.ts'
import type { ManagedSettings } from './managed-settings.ts'

/** What a person chose for the window; kept in its own state folder. */
export const DesktopSettingsSchema = Type.Object({ ...Type.Omit(AppSettingsSchema, ['opensAtLogin']).properties, engineHost: HostKindSchema })
const KeptSchema = Type.Partial(DesktopSettingsSchema)
export type DesktopSettings = Static<typeof DesktopSettingsSchema>

const DEFAULTS: DesktopSettings = {
  engineHost: 'native',
  staysInTray: false,
  tellsCrashes: true,
  tellsLoops: true,
  tellsDisk: true,
  hasSeenFirstRun: false,
  language: 'system',
  updates: 'off',
  updateFeed: '',
}

/** What counts: what the administrator locked, what a person chose, what the administrator says otherwise, and our own word. */
export function readDesktopSettings(path: string, { defaults, locked }: Omit<ManagedSettings, 'path'> = { defaults: {}, locked: {} }): DesktopSettings {
  return { ...DEFAULTS, ...defaults, ...kept(path), ...locked }
}

/** What a person has not chosen is not in it. What cannot be read is as if nobody had chosen: no window stays shut for it. */
function kept(path: string): Partial<DesktopSettings> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Check(KeptSchema, value) ? value : {}
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return {}
    throw error
  }
}

/** Whole or not at all; the rest is as it was. */
export function changeDesktopSettings(path: string, changes: Partial<DesktopSettings>): void {
  writeWhole(path, `${JSON.stringify({ ...kept(path), ...changes }, undefined, 2)}\n`)
}
