import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startOptions } from './start-options.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  file = join(folder, 'daemon.json')
})
afterEach(() => rm(folder, { recursive: true }))

test.each([
  ['{}', [], ['--log-level', 'warn']],
  ['{}', ['-D'], []],
  ['{}', ['--log-level', 'info'], ['--log-level', 'info']],
  ['{ "log-level": "info" }', [], []],
] as const)('daemon.json %s and %j: the daemon gets %j', async (text, argv, words) => {
  await writeFile(file, text)
  const { daemonArgs } = startOptions(['--config-file', file, ...argv])
  const at = daemonArgs.indexOf('--log-level')
  expect(at === -1 ? [] : daemonArgs.slice(at, at + 2)).toEqual(words)
})
