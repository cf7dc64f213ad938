import { expect, test } from 'vitest'
import { isComplaint, remedyFor } from './qemu-driver.ts'

test.each([
  ["qemu-system-x86_64 ended (exit code 1). qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", '--memory'],
  ['qemu-system-x86_64: -drive …: Failed to get "write" lock. Is another process using the image [data.qcow2]?', 'data disk'],
  ['qemu-system-x86_64: -drive …: Failed to lock file', 'data disk'],
])('%s', (reason, remedy) => expect(remedyFor(reason)).toContain(remedy))

test('nobody knows what to do about the rest: the stage has an answer of its own', () => {
  expect(remedyFor('qemu-system-x86_64 ended (SIGSEGV).')).toBe('')
})

test.each([
  ['ERROR cluster 162 refcount=0 reference=1', false],
  ['Rebuilding refcount structure', false],
  ['Repairing cluster 1 refcount=1 reference=0', false],
  ['qemu-system-x86_64: Could not access KVM kernel module', true],
])('%s explains the end: %s', (line, explains) => expect(isComplaint(line)).toBe(explains))
