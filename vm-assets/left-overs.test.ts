import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ownerName, removeLeftOvers } from './left-overs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engineroom-left-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('of builds that were killed go, of those that run stay, and so does what is not ours', async () => {
  const gone = spawnSync('true').pid
  const killed = [`.vm-build-${gone}-1-abcdef`, `.vm-build-${process.pid}-1-abcdef`, '.vm-build-oldone']
  const stay = [`.vm-build-${await ownerName()}-abcdef`, '.vm-build-newone', 'x86_64', `x.vm-build-${gone}-1`]
  for (const name of [...killed, ...stay]) {
    await mkdir(join(folder, name, 'root/usr'), { recursive: true })
    await writeFile(join(folder, name, 'root/usr/file'), 'x')
  }
  await utimes(join(folder, '.vm-build-oldone'), 1, 1)
  const said: string[] = []
  await removeLeftOvers(folder, /^\.vm-build-/, (text) => void said.push(text))
  expect([(await readdir(folder)).sort(), said]).toEqual([stay.sort(), []])
})

it('files of downloads, too', async () => {
  const digest = 'a'.repeat(64)
  for (const name of [digest, `${digest}.5-1`, `${digest}.${await ownerName()}`]) await writeFile(join(folder, name), 'x')
  await removeLeftOvers(folder, /^[0-9a-f]{64}\./, () => undefined)
  expect((await readdir(folder)).sort()).toEqual([digest, `${digest}.${await ownerName()}`].sort())
})
