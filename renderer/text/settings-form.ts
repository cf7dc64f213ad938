import type { Change, Setting, Values } from '../api/settings.ts'
import { say, sayList } from './say.ts'

/** A value as it stands in a field: lists one a line, nothing for "not in the file". */
export function fieldText({ kind, value }: Setting): string {
  if (value === undefined) return ''
  if (kind === 'texts') return Array.isArray(value) ? value.join('\n') : ''
  return String(value)
}

/** What counts while a field is empty, by an administrator's word; nothing when a person has chosen, or there is none. */
export function presetText({ value, preset }: Setting): string {
  if (value !== undefined || preset === undefined) return ''
  return Array.isArray(preset) ? preset.join(', ') : String(preset)
}

/** What a field says, as daemon.json has it; `null` when it is empty. What is no number stays text, for the engine to refuse. */
export function valueIn({ kind }: Setting, text: string): unknown {
  const trimmed = text.trim()
  if (trimmed === '') return null
  if (kind === 'texts')
    return trimmed
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  if (kind === 'count') return /^\d+$/.test(trimmed) ? Number(trimmed) : trimmed
  return kind === 'flag' ? trimmed === 'true' : trimmed
}

/** What differs from the file. */
export function changedValues(settings: readonly Setting[], fields: Readonly<Record<string, string>>): Values {
  const changed = settings.filter((setting) => JSON.stringify(valueIn(setting, fields[setting.key] ?? '')) !== JSON.stringify(setting.value ?? null))
  return Object.fromEntries(changed.map((setting) => [setting.key, valueIn(setting, fields[setting.key] ?? '')]))
}

/** What applying will do, before it does. */
export function planWords(changes: readonly Change[], titleOf: (key: string) => string): string[] {
  const titles = (applies: Change['applies']) => changes.filter((change) => change.applies === applies).map(({ key }) => titleOf(key))
  const atOnce = titles('at-once')
  const atRestart = titles('at-restart')
  return [
    ...(atOnce.length > 0 ? [say('At once, nothing restarts: {settings}.', { settings: sayList(atOnce) })] : []),
    ...(atRestart.length > 0 ? [say('When the engine restarts, which containers outlive: {settings}.', { settings: sayList(atRestart) })] : []),
  ]
}
