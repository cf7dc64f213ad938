import type { FilePlan, FileView, SettingChange, SettingsView, SettingView } from '../api/configuration/routes.ts'
import { EngineError, messageOf } from '../errors.ts'
import { Lock } from '../lock.ts'
import { configPath, readConfigText, resolveOptions } from './config-file.ts'
import { flagOfKey } from './config-keys.ts'
import { isTakenOver, planFile } from './configuration-file.ts'
import { EDITABLE_SETTINGS, faultOf } from './editable-settings.ts'
import type { DaemonOptions, FlagValues } from './flags.ts'
import { type ManagedSettings, readManaged } from './managed-file.ts'
import { inForce, isLocked, isObject, lockOf, overruledKeys, valueAt } from './managed-settings.ts'
import { writeWhole } from './write-whole.ts'

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
      lock: this.#lock,
      settings: EDITABLE_SETTINGS.map((setting) => {
        const { fault: _, range: __, ...shown } = setting
        const { key, applies } = setting
        const flag = this.#flagOf(key)
        const isWaiting = applies === 'at-restart' && JSON.stringify(valueAt(now, key)) !== JSON.stringify(valueAt(this.#atStart, key))
        return { ...shown, ...said(file, managed, key), ...(flag !== undefined && { flag }), isWaiting }
      }),
      others: Object.keys(file).filter((key) => !EDITABLE_SETTINGS.some((one) => one.key === key || one.key.startsWith(`${key}.`))),
      isWaiting: this.#isWaiting(now),
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

  file(): FileView {
    const text = readConfigText(this.#flags)
    const managed = readManaged()
    const locked = managed && Object.keys(managed.locked)
    const path = configPath(this.#flags)
    return {
      path,
      text,
      lock: this.#lock,
      backupPath: `${path}.before`,
      ...(managed && locked?.length && { managed: { by: managed.path, keys: locked } }),
    }
  }

  /** What is wrong with a whole new file, or what it would change. Nothing is changed. */
  planFile(text: string): FilePlan {
    return planFile({ text, before: objectIn(readConfigText(this.#flags)), flags: this.#flags, managed: readManaged() })
  }

  /**
   * Saves a whole new file, keeps the one before beside it, and takes over what can be.
   * @param was what the file said when somebody began to edit it
   * @returns the plan that was carried out, or one with faults, and nothing is changed
   * @throws EngineError `conflict` when somebody else has changed the file since; nothing is changed then
   */
  applyFile(text: string, was: string): Promise<FilePlan> {
    return this.#turn.run(async () => {
      if (this.#isInVm) throw new EngineError('invalid', this.#lock)
      const before = readConfigText(this.#flags)
      if (before !== was) throw new EngineError('conflict', 'somebody else has changed the file since it was read here')
      const plan = this.planFile(text)
      if (plan.faults.length > 0) return plan
      const path = configPath(this.#flags)
      await writeWhole(`${path}.before`, before, path)
      await writeWhole(path, text)
      await this.reload(resolveOptions(this.#flags, text))
      return plan
    })
  }

  #isWaiting(now: JsonObject): boolean {
    const keys = new Set([...Object.keys(now), ...Object.keys(this.#atStart)])
    return [...keys].some((key) => !isTakenOver(key) && JSON.stringify(now[key]) !== JSON.stringify(this.#atStart[key]))
  }

  get #lock(): string {
    return this.#isInVm ? 'This engine is in a virtual machine, which gives it its daemon.json anew at each boot.' : ''
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
