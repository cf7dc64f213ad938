import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { directorySize } from './directory-size.ts'

it('counts files below a folder, hard links once, symbolic links by what they say, folders not at all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'er-size-'))
  await mkdir(join(folder, 'deep/er'), { recursive: true })
  await writeFile(join(folder, 'a'), 'x'.repeat(100))
  await writeFile(join(folder, 'deep/er/b'), 'x'.repeat(30))
  await link(join(folder, 'a'), join(folder, 'deep/same'))
  await symlink('/usr', join(folder, 'usr'))
  expect(await directorySize(folder)).toBe(134)
  await rm(folder, { recursive: true })
  expect(await directorySize(folder)).toBe(0)
})
