import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { spreadSubfolders } from './spread-subfolders.ts'

const EXT4 = 0xef53

it('a folder of ext4 has the hint afterwards; others do not mind', async () => {
  await using place = await temporaryFolder()
  const [folder, other, note] = ['folder', 'other', 'note'].map((name) => join(place.path, name)) as [string, string, string]
  mkdirSync(folder)
  mkdirSync(other)
  const isExt4 = (await statfs(folder)).type === EXT4
  expect(await spreadSubfolders([folder], note)).toBe(isExt4)
  if (!isExt4) return
  expect(flagsOf(folder)).toContain('T')
  execFileSync('chattr', ['-T', folder])
  await spreadSubfolders([folder], note)
  expect(flagsOf(folder), 'told once').not.toContain('T')
  await spreadSubfolders([other], note)
  expect(flagsOf(other), 'another folder, as a copy is').toContain('T')
})

it('a folder that is not there is no error', async () => {
  await using place = await temporaryFolder()
  expect(await spreadSubfolders([join(place.path, 'no-such-folder')], join(place.path, 'note'))).toBe(false)
})

function flagsOf(folder: string): string | undefined {
  return execFileSync('lsattr', ['-d', folder], { encoding: 'utf8' }).split(' ')[0]
}

async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'spread-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
