import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { settingsOf, writeSettings } from '../settings.ts'
import { ControlClient } from '../supervisor/control-client.ts'
import { type VmFolder, vmFolder } from '../vm-folder.ts'
import { resize } from './disk.ts'
import { vmOptions } from './options.ts'
import type { CommandParts } from './parts.ts'
import { reset } from './reset.ts'

/** What the commands do with a VM that is off. */
let home: string
let folder: VmFolder
let said: string[]
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'er-unit-'))
  folder = vmFolder('mine', { home, platform: 'linux' })
  said = []
  await writeSettings(folder, { ...(await settingsOf(folder)), driver: 'fake', diskBytes: 2 * 1024 ** 3 })
})
afterEach(() => rm(home, { recursive: true }))

/** @param answer what is typed when something is asked */
function parts(words: readonly string[], answer?: string): CommandParts {
  const tell = (line: string) => void said.push(line)
  const [, ...rest] = vmOptions(words).words
  const terminal = { print: tell, say: tell, sayOver: undefined, ask: async () => answer }
  return { options: { ...vmOptions(words), words: rest }, folder, control: new ControlClient(folder.controlSocket), terminal }
}

const leftOvers = ['data.qcow2', 'data.qcow2.compact', 'data.qcow2.new', 'console.log', 'console.log.1', 'supervisor.log', 'last-failure.json', 'boot.tar']

test('reset erase leaves the settings, and by what a machine that nobody watches is found', async () => {
  for (const name of [...leftOvers, 'qmp.sock']) await writeFile(join(folder.folder, name), 'x')
  await mkdir(join(folder.certificates, 'client'), { recursive: true })
  expect(await reset(parts(['reset', 'erase'], 'mine'))).toBe(0)
  expect((await readdir(folder.folder)).sort()).toEqual(['qmp.sock', 'settings.json'])
  expect(await settingsOf(folder)).toMatchObject({ driver: 'fake', diskBytes: 2 * 1024 ** 3 })
})

test.each([undefined, '', 'default', 'MINE'])('reset erase does nothing when %j is typed', async (answer) => {
  await writeFile(folder.ownDisk, 'x')
  await expect(reset(parts(['reset', 'erase'], answer))).rejects.toThrow('Nothing was erased.')
  expect((await stat(folder.ownDisk)).size).toBe(1)
})

test('resize makes the disk larger, and that is kept', async () => {
  expect(await resize(parts(['resize', '--disk', '3g']))).toBe(0)
  expect(said).toEqual(['The data disk has 3 GiB now.'])
  expect((await stat(folder.ownDisk)).size).toBe(3 * 1024 ** 3)
  expect((await settingsOf(folder)).diskBytes).toBe(3 * 1024 ** 3)
})

test('a size that no VM can have is refused before there is a disk', async () => {
  await expect(resize(parts(['resize', '--disk', '100m']))).rejects.toThrow('--disk at least 1 GiB')
  await expect(stat(folder.ownDisk)).rejects.toThrow('ENOENT')
  expect((await settingsOf(folder)).diskBytes).toBe(2 * 1024 ** 3)
})
