import { expect, test } from 'vitest'
import { changeOf, fieldsOf, needsRestart } from './machine-form.ts'

const MACHINE = {
  ...{ cpus: 2, memoryBytes: 2 * 1024 ** 3, diskBytes: 64 * 1024 ** 3, shares: ['/home/me', '/srv'], canShare: true, growsWhileOn: true },
  most: { cpus: 4, memoryBytes: 8 * 1024 ** 3 },
}
const fields = fieldsOf(MACHINE)

test('what was not changed is no change', () => {
  expect(changeOf(MACHINE, fields)).toEqual({})
  expect(changeOf(MACHINE, { ...fields, shares: ' /home/me \n\n/srv\n' })).toEqual({})
})

test('memory is typed in MiB, the disk in GiB, folders a line each', () => {
  expect(changeOf(MACHINE, { cpus: 4, memoryMib: 512, diskGib: 100, shares: '' })).toEqual({
    cpus: 4,
    memoryBytes: 512 * 1024 ** 2,
    diskBytes: 100 * 1024 ** 3,
    shares: [],
  })
})

test('a field that is empty while one types asks for nothing', () => {
  expect(changeOf(MACHINE, { ...fields, cpus: Number.NaN })).toEqual({})
})

test('only a disk that grows needs no restart, and only where that can be', () => {
  expect(needsRestart(MACHINE, { diskBytes: 1 })).toBe(false)
  expect(needsRestart(MACHINE, { diskBytes: 1, cpus: 1 })).toBe(true)
  expect(needsRestart({ growsWhileOn: false }, { diskBytes: 1 })).toBe(true)
})
