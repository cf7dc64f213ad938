import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { lockFolder } from './folder-lock.ts'

const folder = mkdtempSync('/tmp/er-lock-')
afterAll(() => rmSync(folder, { recursive: true }))

const inAnotherProcess = async (then: string) => {
  const program = `import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).pathname)}; const lock = lockFolder(${JSON.stringify(folder)}); ${then}`
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])).stdout.trim()
}

test('a folder has one owner at a time', async () => {
  const lock = lockFolder(folder)
  expect(lock).toBeDefined()
  expect(await inAnotherProcess('console.log(lock === undefined)')).toBe('true')
  lock?.[Symbol.dispose]()
  expect(await inAnotherProcess('console.log(lock === undefined)')).toBe('false')
})

test('the end of its process frees it, and it takes no space', async () => {
  await expect(inAnotherProcess("process.kill(process.pid, 'SIGKILL')")).rejects.toMatchObject({ signal: 'SIGKILL' })
  using lock = lockFolder(folder)
  expect(lock).toBeDefined()
  expect(statSync(join(folder, 'lock')).size).toBe(0)
})
