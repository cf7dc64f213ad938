import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stillSpec } from '../../../testing/still-spec.ts'
import type { Machine, MachineSpec } from '../driver.ts'
import { FakeDriver } from '../fake/fake-driver.ts'
import { keepSuspended, suspendedState } from '../suspend/suspended-state.ts'
import { makeVmFolder, type VmFolder, vmFolder } from '../vm-folder.ts'
import { BootProgress } from './boot-progress.ts'
import { resume } from './resume.ts'

let home: string
let folder: VmFolder
let progress: BootProgress
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'er-unit-'))
  folder = vmFolder('mine', { home, platform: 'linux' })
  progress = new BootProgress(() => undefined)
  await makeVmFolder(folder)
  await writeFile(folder.ownDisk, 'the disk')
  await writeFile(folder.stateFile, 'a state')
})
afterEach(() => rm(home, { recursive: true }))

/** @param make of the machine that would be started now */
function begin(start: (spec: MachineSpec) => Promise<Machine>, make = 'a make', stop = new AbortController().signal) {
  const driver = Object.assign(new FakeDriver(), { start })
  const parts = { driver, folder, prepareSpec: async () => stillSpec(folder), makeOf: async () => make }
  return resume(parts, progress, stop)
}

const fails = async () => {
  throw new Error('It cannot be read.')
}
const stages = () => progress.stages.map(({ name, state }) => `${name} ${state}`)

test('what is not suspended boots, and a state that never counted is removed', async () => {
  expect(await begin(fails)).toBeUndefined()
  expect([stages()[2], await readdir(folder.folder)]).toEqual(['vm waiting', ['data.qcow2']])
})

test('a state is used up before a machine is started from it; one that does not go on boots from its disk, and says why', async () => {
  await keepSuspended(folder, folder.ownDisk, 'a make')
  let before: unknown
  const start = async (spec: MachineSpec) => {
    before = [spec.stateFile, await suspendedState(folder), await readdir(folder.folder)]
    return fails()
  }
  expect(await begin(start)).toBeUndefined()
  expect(before).toEqual([folder.stateFile, undefined, ['data.qcow2', 'suspended.state']])
  expect(progress.stages.find(({ name }) => name === 'load')).toMatchObject({
    state: 'skipped',
    detail: 'It cannot be read. It boots from its disk, as after a power cut.',
  })
  expect(stages()).toEqual([
    'load skipped',
    ...['assets', 'disk', 'vm', 'kernel', 'data', 'network', 'shares', 'engine', 'forward'].map((name) => `${name} waiting`),
  ])
  expect(await readdir(folder.folder)).toEqual(['data.qcow2'])
})

test('a state of another make starts nothing', async () => {
  await keepSuspended(folder, folder.ownDisk, 'another')
  expect(await begin(fails)).toBeUndefined()
  expect(progress.stages[0]?.detail).toBe(
    'The suspended VM cannot go on: it was made with another QEMU, image, certificate or other settings. It boots from its disk, as after a power cut.',
  )
})

test('a resume that is called off is no boot', async () => {
  await keepSuspended(folder, folder.ownDisk, 'a make')
  const stop = new AbortController()
  const start = async () => {
    stop.abort(new Error('The VM was told to stop.'))
    return fails()
  }
  await expect(begin(start, 'a make', stop.signal)).rejects.toThrow('The VM was told to stop.')
})
