import { describe, expect, it } from 'vitest'
import { parseCpuList } from './cpu-list.ts'

describe('parseCpuList', () => {
  it.each([
    ['', []],
    ['0', [0]],
    ['0-2,5', [0, 1, 2, 5]],
    ['3,1-1', [3, 1]],
  ])('%j', (text, numbers) => expect([...parseCpuList(text)]).toEqual(numbers))

  it.each([
    ['a-b', 'invalid format: a-b'],
    ['2-1', 'invalid format: 2-1'],
    ['1,', 'invalid format: 1,'],
    ['-1', 'invalid format: -1'],
    ['0-9999', 'value of out range, maximum is 8192'],
  ])('%j is none', (text, message) => expect(() => parseCpuList(text)).toThrow(new Error(message)))
})
