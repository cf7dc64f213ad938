import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { settingsOf, writeSettings } from './settings.ts'
import { makeVmFolder, type VmFolder, vmFolder } from './vm-folder.ts'

let home: string
let folder: VmFolder
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'er-unit-'))
  folder = vmFolder('default', { home, platform: 'linux' })
})
afterEach(() => rm(home, { recursive: true }))

test('a VM that nobody has said anything about has some, and none on the disk', async () => {
  expect(await settingsOf(folder)).toMatchObject({ driver: 'qemu', diskBytes: 64 * 1024 ** 3 })
  await expect(stat(folder.folder)).rejects.toThrow('ENOENT')
})

test('what is written is read, by its owner alone', async () => {
  const chosen = { ...(await settingsOf(folder)), cpus: 3, shares: [] }
  await writeSettings(folder, chosen)
  expect(await settingsOf(folder)).toEqual(chosen)
  expect((await stat(folder.settings)).mode & 0o777).toBe(0o600)
})

test.each([{ memoryBytes: 1024 ** 2 }, { diskBytes: 1024 ** 2 }, { cpus: 0 }])('%j is what no VM can have: nothing is written', async (wrong) => {
  const settings = { ...(await settingsOf(folder)), ...wrong }
  await expect(writeSettings(folder, settings)).rejects.toThrow('--memory must be at least 256 MiB, --disk at least 1 GiB')
  await expect(stat(folder.folder)).rejects.toThrow('ENOENT')
})

test.each(['', '{', '[]', '{"driver":"qemu"}'])('%j in the file is refused, with its name', async (text) => {
  await makeVmFolder(folder)
  await writeFile(folder.settings, text)
  await expect(settingsOf(folder)).rejects.toThrow(`${folder.settings} has settings that this version does not know`)
})
