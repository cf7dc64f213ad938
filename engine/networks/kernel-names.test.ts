import { expect, test } from 'vitest'
import { KernelNames } from './kernel-names.ts'

const names = new KernelNames('ab12')
const id = '0123456789abcdef'.repeat(4)

test('names carry the prefix and fit the kernel', () => {
  expect([names.table, names.netnsOf(id), names.linkOf(id)]).toEqual(['engineroom-ab12', 'er-ab12-0123456789ab', 'erab1201234567'])
  expect([names.linkOf(id, 1), names.linkOf(id, 35), names.bridgeOf(id)]).toEqual(['erab12012345671', 'erab1201234567z', 'erab12-01234567'])
})

test('of other daemons’ links the namespace is known, of ours and strangers’ none', () => {
  expect(names.foreignNetnsOf('ercd3401234567')).toBe('er-cd34-01234567')
  expect(names.foreignNetnsOf('ercd3401234567a')).toBe('er-cd34-01234567')
  expect(names.foreignNetnsOf(names.linkOf(id))).toBeUndefined()
  for (const link of ['eth0', 'veth12345678', 'er0', 'ercd34-01234567', 'ercd340123456789']) expect(names.foreignNetnsOf(link)).toBeUndefined()
})
