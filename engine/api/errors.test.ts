import { describe, expect, it } from 'vitest'
import { EngineError, type ErrorKind } from '../errors.ts'
import { describeError } from './errors.ts'

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

  it('what nobody thought of is 500, with what it says', () => {
    expect(describeError(new TypeError('x is not a function'))).toEqual({ status: 500, message: 'x is not a function' })
    expect(describeError('text')).toEqual({ status: 500, message: 'text' })
  })
})
