import { readFileSync, renameSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EngineError, messageOf } from './errors.ts'

const thrownBy = (work: () => void): unknown => {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

test('errors of the system are told as Go tells them', () => {
  expect(messageOf(thrownBy(() => readFileSync('/no/such')))).toBe('open /no/such: no such file or directory')
  expect(messageOf(thrownBy(() => renameSync('/no/such', '/nor/this')))).toBe('rename /no/such /nor/this: no such file or directory')
  expect(messageOf(thrownBy(() => readFileSync('/')))).toBe('read: is a directory')
  expect(messageOf(new Error('ENOSPC: no space left on device, write'))).toBe('write: no space left on device')
})

test('all others as they are', () => {
  expect(messageOf(new EngineError('invalid', "invalid mode: ro, open '/x'"))).toBe("invalid mode: ro, open '/x'")
  expect(messageOf('text')).toBe('text')
})
