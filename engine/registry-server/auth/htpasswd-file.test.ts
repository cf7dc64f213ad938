import { describe, expect, it } from 'vitest'
import { parseHtpasswd } from './htpasswd-file.ts'

const HASH = '$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a'

describe('parseHtpasswd', () => {
  it('reads accounts, and passes over comments and blank lines', () => {
    expect(parseHtpasswd(`# ours\n\nuser:${HASH}\r\nother:${HASH}\n`)).toEqual(
      new Map([
        ['user', HASH],
        ['other', HASH],
      ]),
    )
  })

  it.each(['user', ':x', 'user:', 'user:$apr1$x$y', 'user:{SHA}x', 'user:secret'])('refuses %s, and says in which line', (line) => {
    expect(() => parseHtpasswd(`a:${HASH}\n${line}\n`)).toThrow('line 2: not NAME:HASH with a bcrypt hash')
  })
})
