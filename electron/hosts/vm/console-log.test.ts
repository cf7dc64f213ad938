import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConsoleLog } from './console-log.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('what was said is in the file once it is closed', async () => {
  const console = new ConsoleLog(join(folder, 'console.log'))
  console.write('one')
  console.write('two')
  await console.close()
  expect(await readFile(join(folder, 'console.log'), 'utf8')).toBe('one\ntwo\n')
})

test('one that broke says so, goes on in memory, and can be closed', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    const console = new ConsoleLog(join(folder, 'not-there', 'console.log'))
    console.write('one')
    await console.close()
    expect(said).toHaveBeenCalledWith(expect.stringContaining('not-there'))
    console.write('two')
    expect(console.lastLines).toEqual(['one', 'two'])
    await console.close()
  } finally {
    said.mockRestore()
  }
})
