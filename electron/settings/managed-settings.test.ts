import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readManagedSettings } from './managed-settings.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  path = join(folder, 'managed.json')
})
afterEach(() => rm(folder, { recursive: true }))

test('no file, nothing said', () => {
  expect(readManagedSettings(path)).toEqual({ path, defaults: {}, locked: {} })
})

test("what it says of the window is read; what it says of engines is the engines'", async () => {
  await writeFile(path, '{ "engine": { "locked": { "dns": ["10.0.0.1"] } }, "window": { "defaults": {}, "locked": { "engineHost": "native" } } }')
  expect(readManagedSettings(path)).toEqual({ path, defaults: {}, locked: { engineHost: 'native' } })
})

test.each([
  ['{ "window": ', 'Unexpected end of JSON input'],
  ['{ "window": { "locked": { "engineHost": "moon" } } }', '/window/locked/engineHost'],
  ['{ "window": { "locked": { "engine": "vm" } } }', '/window/locked must not have additional properties'],
  ['{ "windows": {} }', 'must not have additional properties'],
])('%s keeps the window shut, as what is locked is not known', async (text, message) => {
  await writeFile(path, text)
  expect(() => readManagedSettings(path)).toThrow(message)
  expect(() => readManagedSettings(path)).toThrow(path)
})

test('a file that others may write is refused, whatever it says', async () => {
  await writeFile(path, '{}')
  await chmod(path, 0o666)
  expect(() => readManagedSettings(path)).toThrow(`${path} must belong to root, and nobody else may write it`)
})
