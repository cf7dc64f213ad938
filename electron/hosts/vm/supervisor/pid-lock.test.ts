import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takePidLock } from './pid-lock.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  path = join(folder, 'pid')
})
afterEach(() => rm(folder, { recursive: true }))

test('one has it, until it is given back', async () => {
  {
    await using lock = await takePidLock(path)
    expect(lock).toBeDefined()
    expect(await takePidLock(path)).toBeUndefined()
  }
  expect(await readdir(folder)).toEqual([])
  await using again = await takePidLock(path)
  expect(again).toBeDefined()
})

test.each([
  ['a process that is gone', `${2 ** 22 + 1} 5\n`],
  ['a process whose pid another one has now', `${process.pid} 5\n`],
  ['a process that was killed while it wrote', ''],
])('the lock of %s is taken over', async (_, text) => {
  await writeFile(path, text)
  await using lock = await takePidLock(path)
  expect(lock).toBeDefined()
})
