import { appendFile, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeVmFolder, type VmFolder, vmFolder } from '../vm-folder.ts'
import { consumeRecord, discardState, keepSuspended, suspendedState, whyUnfit } from './suspended-state.ts'

let home: string
let folder: VmFolder
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'er-unit-'))
  folder = vmFolder('mine', { home, platform: 'linux' })
  await makeVmFolder(folder)
  await writeFile(folder.ownDisk, 'the disk')
  await writeFile(folder.stateFile, 'what it had in memory')
})
afterEach(() => rm(home, { recursive: true }))

async function suspended() {
  await keepSuspended(folder, folder.ownDisk, 'this make')
  const state = await suspendedState(folder)
  if (!state) throw new Error('it is not suspended')
  return state
}

test('a state counts once its record is there, and no more when that is consumed', async () => {
  expect(await suspendedState(folder)).toBeUndefined()
  const state = await suspended()
  expect([state.stateBytes, await whyUnfit(state, folder, folder.ownDisk, 'this make')]).toEqual([21, undefined])
  await consumeRecord(folder)
  expect([await suspendedState(folder), await readdir(folder.folder)]).toEqual([undefined, ['data.qcow2', 'suspended.state']])
  await discardState(folder)
  expect(await readdir(folder.folder)).toEqual(['data.qcow2'])
})

test('a record that was cut short counts for nothing', async () => {
  await suspended()
  await truncate(folder.stateRecord, 20)
  expect(await suspendedState(folder)).toBeUndefined()
})

const changes: Record<string, [string, () => Promise<void>]> = {
  'a disk that was written': ['the data disk has been changed since', () => appendFile(folder.ownDisk, '!')],
  'a disk that was put in its place': [
    'the data disk has been changed since',
    async () => {
      await writeFile(`${folder.ownDisk}.new`, 'the disk')
      await rename(`${folder.ownDisk}.new`, folder.ownDisk)
    },
  ],
  'a state that was cut short': ['its file is damaged', () => truncate(folder.stateFile, 3)],
  'a state that is not there': ['its file is damaged', () => rm(folder.stateFile)],
}

test.each(Object.entries(changes))('%s is noticed', async (_, [why, change]) => {
  const state = await suspended()
  await change()
  expect(await whyUnfit(state, folder, folder.ownDisk, 'this make')).toBe(why)
})

test('so is another make', async () => {
  expect(await whyUnfit(await suspended(), folder, folder.ownDisk, 'another')).toBe('it was made with another QEMU, image, certificate or other settings')
})
