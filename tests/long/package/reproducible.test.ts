import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeEnginePackage } from '../../../build/packages/engine-package.ts'

test('the same sources make the same package, byte by byte, whatever the umask of who makes it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'er-packages-'))
  const before = process.umask()
  try {
    const first = await readFile(await makeEnginePackage(folder, { isQuick: true }))
    process.umask(0o077)
    const second = await readFile(await makeEnginePackage(folder, { isQuick: true }))
    expect(second.equals(first)).toBe(true)
  } finally {
    process.umask(before)
    await rm(folder, { recursive: true })
  }
})
