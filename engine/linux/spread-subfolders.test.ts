import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { spreadSubfolders } from './spread-subfolders.ts'

const EXT4 = 0xef53

it('a folder of ext4 has the hint afterwards; others do not mind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spread-'))
  const isExt4 = (await statfs(folder)).type === EXT4
  expect(await spreadSubfolders([folder])).toBe(isExt4)
  if (isExt4) expect(execFileSync('lsattr', ['-d', folder], { encoding: 'utf8' }).split(' ')[0]).toContain('T')
  await rm(folder, { recursive: true })
})

it('a folder that is not there is no error', async () => {
  expect(await spreadSubfolders([join(tmpdir(), 'no-such-folder')])).toBe(false)
})
