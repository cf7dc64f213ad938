import { closeSync, fstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { hasCode, messageOf } from '../errors.ts'
import { type ConfigFile, decodeConfig } from './config-keys.ts'
import { ConfigurationError } from './configuration-error.ts'

/** Where an administrator says what holds for all engines and windows of this computer. No flag names another one: it would be a way around it. */
export const MANAGED_FILE = '/etc/engineroom/managed.json'

/** What an administrator says of an engine, with the keys of daemon.json. */
export interface ManagedSettings {
  readonly path: string
  /** Where nobody has said anything else. */
  readonly defaults: ConfigFile
  /** Whatever anybody says. */
  readonly locked: ConfigFile
}

/** What the file may have at its top; the window reads its part itself. */
const PARTS = ['engine', 'window']

/**
 * @returns undefined where there is no such file
 * @throws ConfigurationError naming the file and the key when it is wrong, or others than root could have written it
 */
export function readManaged(path = MANAGED_FILE): ManagedSettings | undefined {
  try {
    const text = readTrusted(path)
    if (text === undefined) return undefined
    const { engine = {} } = objectWith(JSON.parse(text), PARTS, '')
    const { defaults = {}, locked = {} } = objectWith(engine, ['defaults', 'locked'], 'engine')
    return { path, defaults: configIn(defaults, 'engine.defaults'), locked: configIn(locked, 'engine.locked') }
  } catch (error) {
    throw new ConfigurationError(`unable to configure the daemon with file ${path}: ${messageOf(error)}`)
  }
}

/** What is checked is what is read, whoever changes the name meanwhile. */
function readTrusted(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
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
  if (uid !== 0) throw new Error(`${path} does not belong to root: chown root ${path}`)
  if ((mode & 0o022) !== 0) throw new Error(`${path} can be written by others than root: chmod go-w ${path}`)
}

function objectWith(value: unknown, keys: readonly string[], where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where || 'the file'} should be an object`)
  const unknown = Object.keys(value).filter((key) => !keys.includes(key))
  if (unknown.length > 0) throw new Error(`${where === '' ? '' : `${where}: `}unknown key ${unknown.join(', ')}: there are ${keys.join(' and ')}`)
  return Object.fromEntries(Object.entries(value))
}

function configIn(value: unknown, where: string): ConfigFile {
  try {
    return decodeConfig(value)
  } catch (error) {
    throw new Error(`${where}: ${messageOf(error)}`, { cause: error })
  }
}
