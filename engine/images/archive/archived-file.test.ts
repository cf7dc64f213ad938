import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { hasCode } from '../../errors.ts'
import { storeFile } from './archived-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp('/tmp/er-archived-')
})
afterEach(() => rm(folder, { recursive: true }))

function openBelow(path: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith(path) ? [target] : []
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return []
      throw error
    }
  })
}

it('holds no file open when there is no place for what looks like a layer', async () => {
  const gzip = Buffer.alloc(70_000)
  gzip.set([0x1f, 0x8b, 0x08])
  const place = { path: join(folder, 'file'), folder, receive: () => new Promise<never>((_, reject) => setImmediate(reject, new Error('full'))) }
  const content = async function* () {
    yield gzip
  }
  await expect(storeFile(content(), gzip.length, place)).rejects.toThrow('full')
  expect(openBelow(folder)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})
