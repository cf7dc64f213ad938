import { describe, expect, it } from 'vitest'
import { DetachKeys, parseDetachKeys } from './detach-keys.ts'

describe('parseDetachKeys', () => {
  it.each([
    ['', [0x10, 0x11]],
    ['ctrl-p,ctrl-q', [0x10, 0x11]],
    ['a', [0x61]],
    ['ctrl-a,b,ctrl-C', [1, 0x62, 3]],
    ['ctrl-@', [0]],
    ['ctrl-[', [27]],
    ['ctrl-\\', [28]],
    ['ctrl-]', [29]],
    ['ctrl-^', [30]],
    ['ctrl-_', [31]],
  ])('%j', (text, keys) => expect(parseDetachKeys(text)).toEqual(keys))

  it.each(['ctrl-', 'ctrl-1', 'ab', 'ctrl-p,', ','])('refuses %j', (text) => {
    expect(() => parseDetachKeys(text)).toThrow(expect.objectContaining({ kind: 'invalid', message: `Invalid detach keys (${text}) provided` }))
  })
})

describe('DetachKeys', () => {
  /** What comes out of a terminal whose detach sequence is "xy", keystroke by keystroke. */
  function type(...chunks: string[]): [string, boolean] {
    const keys = new DetachKeys(parseDetachKeys('x,y'))
    let out = ''
    for (const chunk of chunks) {
      const { data, isDetached } = keys.filter(Buffer.from(chunk))
      out += data.toString()
      if (isDetached) return [out, true]
    }
    return [out, false]
  }

  it.each<[string, string[], [string, boolean]]>([
    ['passes what is not the sequence', ['hello'], ['hello', false]],
    ['detaches at the sequence and keeps what came before', ['abxyz'], ['ab', true]],
    ['finds it across keystrokes', ['a', 'x', 'y'], ['a', true]],
    ['holds its beginning back', ['ax'], ['a', false]],
    ['gives it out when something else follows', ['x', 'z'], ['xz', false]],
    ['sees the sequence after its first key was typed twice', ['x', 'x', 'y'], ['x', true]],
    ['passes the second key alone', ['y'], ['y', false]],
  ])('%s', (_, chunks, expected) => expect(type(...chunks)).toEqual(expected))
})
