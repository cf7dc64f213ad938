import { closeSync, fstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Type } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { codeOf, messageOf } from '../errors.ts'
import { type DesktopSettings, DesktopSettingsSchema } from './desktop-settings.ts'

/** Where an administrator says what holds for all windows and engines of this computer. Nothing names another one: it would be a way around it. */
export const MANAGED_FILE = '/etc/engineroom/managed.json'

/** What an administrator says of the window. */
export interface ManagedSettings {
  readonly path: string
  /** Where a person has not chosen. */
  readonly defaults: Partial<DesktopSettings>
  /** Whatever a person chose. */
  readonly locked: Partial<DesktopSettings>
}

const closed = { additionalProperties: false }
const Some = Type.Partial(DesktopSettingsSchema, closed)
/** What it says of engines, those read themselves. */
const ManagedSchema = Type.Object(
  { engine: Type.Optional(Type.Unknown()), window: Type.Optional(Type.Object({ defaults: Type.Optional(Some), locked: Type.Optional(Some) }, closed)) },
  closed,
)

/** @throws Error naming the file and the key when it is wrong, cannot be read, or others than root could have written it: what it locks is not known then */
export function readManagedSettings(path = MANAGED_FILE): ManagedSettings {
  try {
    const value: unknown = JSON.parse(readTrusted(path) ?? '{}')
    if (!Check(ManagedSchema, value))
      throw new Error(
        Errors(ManagedSchema, value)
          .map(({ instancePath, message }) => `${instancePath} ${message}`)
          .join(', '),
      )
    return { path, defaults: value.window?.defaults ?? {}, locked: value.window?.locked ?? {} }
  } catch (error) {
    throw new Error(`What the administrator of this computer set cannot be read, ${path}: ${messageOf(error)}`, { cause: error })
  }
}

/** What is checked is what is read. @returns undefined where there is no such file */
function readTrusted(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    refuseWritable(path, fstatSync(file))
    const folder = dirname(realpathSync(path))
    refuseWritable(folder, statSync(folder))
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function refuseWritable(path: string, { uid, mode }: Stats): void {
  if (uid !== 0 || (mode & 0o022) !== 0) throw new Error(`${path} must belong to root, and nobody else may write it`)
}
