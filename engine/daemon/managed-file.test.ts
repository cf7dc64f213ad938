import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readManaged } from './managed-file.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-managed-'))
  path = join(folder, 'managed.json')
})
afterEach(() => rm(folder, { recursive: true }))

const write = (value: unknown) => writeFile(path, typeof value === 'string' ? value : JSON.stringify(value), { mode: 0o644 })

test('no file, nothing said', () => {
  expect(readManaged(path)).toBeUndefined()
})

test('what it says of engines is read; what it says of windows is theirs', async () => {
  await write({ engine: { defaults: { labels: ['a=1'] }, locked: { 'log-level': 'warn' } }, window: { locked: { engineHost: 'native' } } })
  expect(readManaged(path)).toEqual({ path, defaults: { labels: ['a=1'] }, locked: { 'log-level': 'warn' } })
  await write({})
  expect(readManaged(path)).toEqual({ path, defaults: {}, locked: {} })
})

test.each([
  ['{\n  "engine": {}\n  "window": {}\n}', '(line 3 column 3)'],
  ['{ "engine": { "locked": oops } }', '"locked": oops'],
  ['[]', 'the file should be an object'],
  ['{"engin": {}}', 'unknown key engin: there are engine and window'],
  ['{"engine": {"lock": {}}}', 'engine: unknown key lock: there are defaults and locked'],
  ['{"engine": 1}', 'engine should be an object'],
  ['{"engine": {"locked": {"dsn": []}}}', "engine.locked: the following directives don't match any configuration option: dsn"],
  ['{"engine": {"defaults": {"dns": "10.0.0.1"}}}', 'engine.defaults: invalid JSON: json: cannot unmarshal string into Go struct field .dns of type slice'],
])('%j is refused by file and key', async (text, message) => {
  await write(text)
  expect(() => readManaged(path)).toThrow(message)
  expect(() => readManaged(path)).toThrow(`unable to configure the daemon with file ${path}: `)
})

test.each([
  ['that others may write', () => chmod(path, 0o666), '$path can be written by others than root: chmod go-w'],
  ['that a group may write', () => chmod(path, 0o664), 'can be written by others than root'],
  ['of somebody else', () => chown(path, 1000, 0), 'does not belong to root: chown root'],
  ['in a folder that others may write', () => chmod(folder, 0o777), 'can be written by others than root'],
])('a file %s is refused, whatever it says', async (_, spoil, message) => {
  await write({})
  await spoil()
  expect(() => readManaged(path)).toThrow(message.replace('$path', path))
})
