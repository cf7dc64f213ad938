import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SettingChange, SettingsView, SettingView } from '../api/configuration/routes.ts'
import { EngineError, hasCode, messageOf } from '../errors.ts'
import { syncFolder } from '../linux/sync.ts'
import { Lock } from '../lock.ts'
import { configPath, readConfigText, resolveOptions } from './config-file.ts'
import { flagOfKey } from './config-keys.ts'
import { EDITABLE_SETTINGS, faultOf } from './editable-settings.ts'
import type { DaemonOptions, FlagValues } from './flags.ts'
import { type ManagedSettings, readManaged } from './managed-file.ts'
import { inForce, isLocked, isObject, lockOf, overruledKeys, valueAt } from './managed-settings.ts'

type JsonObject = Readonly<Record<string, unknown>>

/**
 * daemon.json, as the API shows and changes it: only what is in {@link EDITABLE_SETTINGS} and no administrator has locked,
 * checked before it is written, everything else in it as it was.
 * @see docs/decisions/0042-settings-over-the-api.md
 */
export class Configuration {
  readonly #flags: FlagValues
  /** What the engine started with. */
  readonly #atStart: JsonObject
  readonly #isInVm: boolean
  readonly #turn = new Lock()
  /** Takes over what an engine that runs can take over. */
  reload: (options: DaemonOptions) => Promise<void> = async () => undefined

  constructor(flags: FlagValues, isInVm: boolean) {
    this.#flags = flags
    this.#isInVm = isInVm
    this.#atStart = inForce(objectIn(readConfigText(flags)), readManaged())
  }

  /** Keys of the file that count for nothing, as an administrator has locked them and says otherwise. */
  overruled(): string[] {
    return overruledKeys(objectIn(readConfigText(this.#flags)), readManaged())
  }

  view(): SettingsView {
    const file = objectIn(readConfigText(this.#flags))
    const managed = readManaged()
    const now = inForce(file, managed)
    return {
      path: configPath(this.#flags),
      lock: this.#isInVm ? 'This engine is in a virtual machine, which gives it its daemon.json anew at each boot.' : '',
      settings: EDITABLE_SETTINGS.map((setting) => {
        const { fault: _, range: __, ...shown } = setting
        const { key, applies } = setting
        const flag = this.#flagOf(key)
        const isWaiting = applies === 'at-restart' && JSON.stringify(valueAt(now, key)) !== JSON.stringify(valueAt(this.#atStart, key))
        return { ...shown, ...said(file, managed, key), ...(flag !== undefined && { flag }), isWaiting }
      }),
      others: Object.keys(file).filter((key) => !EDITABLE_SETTINGS.some((one) => one.key === key || one.key.startsWith(`${key}.`))),
    }
  }

  /** What would change, and when it would count. @throws EngineError `invalid` for what cannot be; nothing is changed */
  plan(values: JsonObject): SettingChange[] {
    return this.#prepare(values).changes
  }

  /** @returns what has changed. @throws EngineError `invalid`; nothing is changed then */
  apply(values: JsonObject): Promise<SettingChange[]> {
    return this.#turn.run(async () => {
      const { changes, text, options } = this.#prepare(values)
      if (changes.length === 0) return changes
      await writeWhole(configPath(this.#flags), text)
      await this.reload(options)
      return changes
    })
  }

  #prepare(values: JsonObject): { changes: SettingChange[]; text: string; options: DaemonOptions } {
    if (this.#isInVm) throw new EngineError('invalid', this.view().lock)
    const before = objectIn(readConfigText(this.#flags))
    const managed = readManaged()
    let file = before
    const changes: SettingChange[] = []
    for (const [key, value] of Object.entries(values)) {
      const setting = EDITABLE_SETTINGS.find((one) => one.key === key)
      if (!setting) throw new EngineError('invalid', `${key} cannot be changed here: write it into ${configPath(this.#flags)}`)
      const lock = lockOf(managed, key)
      if (lock !== undefined) throw new EngineError('forbidden', lock)
      const flag = this.#flagOf(key)
      if (flag !== undefined) throw new EngineError('invalid', `${key} is said by a flag of the engine: ${flag}`)
      const fault = value === null ? undefined : faultOf(setting, value)
      if (fault !== undefined) throw new EngineError('invalid', `${key}: ${fault}`)
      if (JSON.stringify(valueAt(before, key)) === JSON.stringify(value ?? undefined)) continue
      file = withValue(file, key, value)
      changes.push({ key, applies: setting.applies })
    }
    const text = `${JSON.stringify(file, undefined, 2)}\n`
    try {
      return { changes, text, options: resolveOptions(this.#flags, text) }
    } catch (error) {
      throw new EngineError('invalid', messageOf(error), { cause: error })
    }
  }

  /** As it was given on the command line; undefined when it was not. */
  #flagOf(key: string): string | undefined {
    const flag = flagOfKey(this.#flags, key)
    return flag === undefined ? undefined : String(this.#flags[flag])
  }
}

/** What counts of a key and who says it: a person in the file, or the administrator, whose default counts where that is silent. */
function said(file: JsonObject, managed: ManagedSettings | undefined, key: string): Pick<SettingView, 'value' | 'managedBy' | 'preset'> {
  if (managed && isLocked(managed, key)) return { value: valueAt(managed.locked, key), managedBy: managed.path }
  const [value, preset] = [valueAt(file, key), valueAt(managed?.defaults ?? {}, key)]
  return { ...(value !== undefined && { value }), ...(preset !== undefined && { preset }) }
}

function objectIn(text: string): JsonObject {
  const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text)
  return isObject(value) ? value : {}
}

/** `null` takes it out. */
function withValue(file: JsonObject, key: string, value: unknown): JsonObject {
  const [first = '', second] = key.split('.', 2)
  const inner = file[first]
  const next = second === undefined ? value : withValue(isObject(inner) ? inner : {}, second, value)
  const isEmpty = next === null || (second !== undefined && isObject(next) && Object.keys(next).length === 0)
  const { [first]: _, ...rest } = file
  return isEmpty ? rest : { ...file, [first]: next }
}

/** Whole or not at all, with the rights that it had. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return 0o644
      throw error
    },
  )
  const file = await open(`${path}.new`, 'w', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(dirname(path))
}
