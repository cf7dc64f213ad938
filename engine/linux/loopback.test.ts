import { describe, expect, it } from 'vitest'
import { isLoopback } from './loopback.ts'

describe('the loopback', () => {
  it.each(['localhost', '127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])('is %s', (host) => expect(isLoopback(host)).toBe(true))
  it.each(['', '0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', '127.evil.example', 'engine.example', 'localhost.evil.example'])('is not %s', (host) =>
    expect(isLoopback(host)).toBe(false),
  )
})
