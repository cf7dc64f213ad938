import { readFileSync } from 'node:fs'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { DEFAULT_CONTEXT } from '../docker/contexts.ts'
import { codeOf } from '../errors.ts'
import { AppSettingsSchema, type HostChoice, HostKindSchema } from '../ipc/contract.ts'
import { writeWhole } from '../write-whole.ts'
import type { ManagedSettings } from './managed-settings.ts'

/** What a person chose for the window; kept in its own state folder. */
export const DesktopSettingsSchema = Type.Object({
  ...Type.Omit(AppSettingsSchema, ['opensAtLogin']).properties,
  engineHost: HostKindSchema,
  /** Which one, where that is a context of the docker command. */
  engineContext: Type.String(),
})
const KeptSchema = Type.Partial(DesktopSettingsSchema)
export type DesktopSettings = Static<typeof DesktopSettingsSchema>

const DEFAULTS: DesktopSettings = {
  engineHost: 'native',
  engineContext: '',
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

/** Where the engine runs, as it is kept. */
export function choiceAsKept(choice: HostChoice): Pick<DesktopSettings, 'engineHost' | 'engineContext'> {
  return { engineHost: choice.kind, engineContext: choice.kind === 'context' ? choice.name : '' }
}

export function keptChoice({ engineHost, engineContext }: Pick<DesktopSettings, 'engineHost' | 'engineContext'>): HostChoice {
  return engineHost === 'context' ? { kind: 'context', name: engineContext || DEFAULT_CONTEXT } : { kind: engineHost }
}
