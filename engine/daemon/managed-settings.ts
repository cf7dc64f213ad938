import { asGoPrints, type ConfigFile, decodeConfig, flagOfKey, sayTheSame } from './config-keys.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { FlagValues } from './flags.ts'
import type { ManagedSettings } from './managed-file.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** daemon.json with what the administrator says below and above it. */
export function withManaged(own: ConfigFile, managed: ManagedSettings | undefined): ConfigFile {
  return decodeConfig(inForce(own, managed))
}

/** The same of a file that nobody has checked. */
export function inForce(own: JsonObject, managed: ManagedSettings | undefined): JsonObject {
  return managed ? layered(layered(managed.defaults, own), managed.locked) : own
}

/** Why a key cannot be changed here; undefined when no administrator has locked it. @param key with a dot for one in an object, as `proxies.http-proxy` */
export function lockOf(managed: ManagedSettings | undefined, key: string): string | undefined {
  return isLocked(managed, key) ? `${key} is set by the administrator of this computer, in ${managed?.path}` : undefined
}

/** @throws ConfigurationError for a flag that says otherwise than what is locked */
export function refuseLockedFlags(flags: FlagValues, managed: ManagedSettings | undefined): void {
  const words = Object.entries(managed?.locked ?? {}).flatMap(([key, value]) => {
    const flag = flagOfKey(flags, key)
    const isOther = flag !== undefined && asGoPrints(flags[flag]) !== asGoPrints(value)
    return isOther ? [`${key}: (from flag: ${asGoPrints(flags[flag])}, locked: ${asGoPrints(value)})`] : []
  })
  if (words.length === 0) return
  throw new ConfigurationError(`the following flags say otherwise than the administrator of this computer, in ${managed?.path}: ${words.join(', ')}`)
}

/** Keys of daemon.json that count for nothing, as they are locked and say otherwise; with a dot for one in an object. */
export function overruledKeys(own: JsonObject, managed: ManagedSettings | undefined): string[] {
  return leavesOf(own).filter((key) => isLocked(managed, key) && JSON.stringify(valueAt(own, key)) !== JSON.stringify(valueAt(managed?.locked ?? {}, key)))
}

export function isLocked(managed: ManagedSettings | undefined, key: string): boolean {
  return leavesOf(managed?.locked ?? {}).some((locked) => sayTheSame(locked, key))
}

/** @param key with a dot for one in an object */
export function valueAt(file: JsonObject, key: string): unknown {
  const dot = key.indexOf('.')
  if (dot < 0) return file[key]
  const value = file[key.slice(0, dot)]
  return isObject(value) ? value[key.slice(dot + 1)] : undefined
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of objects (`proxies`, `log-opts`, `runtimes`) the keys of both; of everything else what is above, also under another name. */
function layered(below: JsonObject, above: JsonObject): JsonObject {
  const left = Object.entries(below).filter(([key]) => Object.hasOwn(above, key) || !Object.keys(above).some((other) => sayTheSame(key, other)))
  const joined = Object.entries(above).map(([key, value]): [string, unknown] => {
    const under = below[key]
    return [key, isObject(value) && isObject(under) ? { ...under, ...value } : value]
  })
  return Object.fromEntries([...left, ...joined])
}

function leavesOf(file: JsonObject): string[] {
  return Object.entries(file).flatMap(([key, value]) => (isObject(value) ? Object.keys(value).map((inner) => `${key}.${inner}`) : [key]))
}
