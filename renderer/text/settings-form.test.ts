import { expect, test } from 'vitest'
import type { Setting } from '../api/settings.ts'
import { changedValues, fieldText, planWords, presetText } from './settings-form.ts'

const setting = (key: string, kind: Setting['kind'], value?: unknown): Setting => ({
  key,
  title: key,
  help: '',
  kind,
  choices: [],
  applies: 'at-once',
  value,
  managedBy: '',
  preset: undefined,
  flag: '',
  isWaiting: false,
})
const settings = [setting('mirrors', 'texts', ['http://a', 'http://b']), setting('downloads', 'count', 3), setting('level', 'choice')]
const asRead = Object.fromEntries(settings.map((one) => [one.key, fieldText(one)]))

test('what was not touched is no change, whatever its kind', () => expect(changedValues(settings, asRead)).toEqual({}))

test.each([
  [{ mirrors: 'http://a\n\n  http://c ' }, { mirrors: ['http://a', 'http://c'] }],
  [{ mirrors: ' \n' }, { mirrors: null }],
  [{ downloads: '5' }, { downloads: 5 }],
  [{ downloads: 'many' }, { downloads: 'many' }],
  [{ level: 'debug' }, { level: 'debug' }],
])('%j becomes %j', (typed, changed) => expect(changedValues(settings, { ...asRead, ...typed })).toEqual(changed))

test.each([
  [undefined, ['http://a', 'http://b'], 'http://a, http://b'],
  [undefined, 3, '3'],
  [5, 3, ''],
  [undefined, undefined, ''],
])('chosen %j, by default %j: %j is told', (value, preset, text) => expect(presetText({ ...setting('one', 'text', value), preset })).toBe(text))

test('it is said what restarts', () => {
  const changes = [
    { key: 'mirrors', applies: 'at-once' },
    { key: 'dns', applies: 'at-restart' },
  ] as const
  expect(planWords(changes, (key) => key.toUpperCase())).toEqual([
    'At once, nothing restarts: MIRRORS.',
    'When the engine restarts, which containers outlive: DNS.',
  ])
  expect(planWords([], (key) => key)).toEqual([])
})
