import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changeDesktopSettings, readDesktopSettings } from './desktop-settings.ts'

const DEFAULTS = {
  updates: 'off',
  updateFeed: '',
  engineHost: 'native',
  engineContext: '',
  staysInTray: false,
  tellsCrashes: true,
  tellsLoops: true,
  tellsDisk: true,
  hasSeenFirstRun: false,
  language: 'system',
}

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  path = join(folder, 'settings.json')
})
afterEach(() => rm(folder, { recursive: true }))

test('what was chosen is known again', () => {
  expect(readDesktopSettings(path)).toEqual(DEFAULTS)
  changeDesktopSettings(path, { engineHost: 'vm' })
  changeDesktopSettings(path, { staysInTray: true })
  expect(readDesktopSettings(path)).toEqual({ ...DEFAULTS, engineHost: 'vm', staysInTray: true })
})

test('what an older window did not know is as by default', async () => {
  await writeFile(path, '{"engineHost":"vm"}')
  expect(readDesktopSettings(path)).toEqual({ ...DEFAULTS, engineHost: 'vm' })
})

test.each(['', '{"engineHost":', '{"engineHost":"moon"}', '[]'])('%j opens the window all the same', async (text) => {
  await writeFile(path, text)
  expect(readDesktopSettings(path)).toEqual(DEFAULTS)
})

test('what an administrator says counts below and above what was chosen', () => {
  expect(readDesktopSettings(path, { defaults: { engineHost: 'vm' }, locked: {} })).toEqual({ ...DEFAULTS, engineHost: 'vm' })
  changeDesktopSettings(path, { staysInTray: false })
  expect(readDesktopSettings(path, { defaults: { engineHost: 'vm' }, locked: {} }).engineHost).toBe('vm')
  changeDesktopSettings(path, { engineHost: 'native' })
  expect(readDesktopSettings(path, { defaults: { engineHost: 'vm' }, locked: {} })).toEqual(DEFAULTS)
  expect(readDesktopSettings(path, { defaults: {}, locked: { engineHost: 'vm' } })).toEqual({ ...DEFAULTS, engineHost: 'vm' })
})
