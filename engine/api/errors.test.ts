import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EngineError, type ErrorKind } from '../errors.ts'
import { describeError } from './errors.ts'

function grab(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('describeError', () => {
  it.each<[ErrorKind, number]>([
    ['invalid', 400],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['not-found', 404],
    ['conflict', 409],
    ['not-modified', 304],
    ['too-many-requests', 429],
    ['unavailable', 503],
    ['not-implemented', 501],
    ['system', 500],
  ])('%s is %d', (kind, status) => expect(describeError(new EngineError(kind, 'why'))).toEqual({ status, message: 'why' }))

  it('a path with a zero byte is the client’s mistake', () => {
    expect(describeError(grab(() => readFileSync('/a\0b')))).toEqual({ status: 400, message: 'invalid argument' })
    expect(describeError(grab(() => Buffer.alloc(-1)))).toMatchObject({ status: 500 })
  })

  it('what nobody thought of is 500, with what it says', () => {
    expect(describeError(new TypeError('x is not a function'))).toEqual({ status: 500, message: 'x is not a function' })
    expect(describeError('text')).toEqual({ status: 500, message: 'text' })
  })
})
