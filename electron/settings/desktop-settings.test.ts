import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDesktopSettings, writeDesktopSettings } from './desktop-settings.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  path = join(folder, 'settings.json')
})
afterEach(() => rm(folder, { recursive: true }))

test('what was chosen is known again', () => {
  expect(readDesktopSettings(path)).toEqual({ engineHost: 'native' })
  writeDesktopSettings(path, { engineHost: 'vm' })
  expect(readDesktopSettings(path)).toEqual({ engineHost: 'vm' })
})

test.each(['', '{"engineHost":', '{"engineHost":"moon"}', '[]'])('%j opens the window all the same', async (text) => {
  await writeFile(path, text)
  expect(readDesktopSettings(path)).toEqual({ engineHost: 'native' })
})

test('what an administrator says counts below and above what was chosen', () => {
  expect(readDesktopSettings(path, { defaults: { engineHost: 'vm' }, locked: {} })).toEqual({ engineHost: 'vm' })
  writeDesktopSettings(path, { engineHost: 'native' })
  expect(readDesktopSettings(path, { defaults: { engineHost: 'vm' }, locked: {} })).toEqual({ engineHost: 'native' })
  expect(readDesktopSettings(path, { defaults: {}, locked: { engineHost: 'vm' } })).toEqual({ engineHost: 'vm' })
})
