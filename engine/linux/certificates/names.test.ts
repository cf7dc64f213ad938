import { describe, expect, it } from 'vitest'
import { certificateHost, commonName } from './names.ts'

describe('a host of a certificate', () => {
  it.each(['localhost', 'engine.example', '*.engine.example', 'a-b.c', '10.0.0.1', '::1', 'fe80::1'])('may be %s', (host) =>
    expect(certificateHost(host)).toBe(host),
  )
  it.each(['', 'a b', 'a,DNS:b', 'a\nIP.9=1.2.3.4', '-x', 'x.', 'tcp://x', 'x:2376', '1.2.3.4/8', '$ENV::HOME'])('may not be %j', (host) =>
    expect(() => certificateHost(host)).toThrow('it is neither a host name nor an address'),
  )
})

describe('the name of a client', () => {
  it.each(['root', 'Zoë Example', 'a@b.example'])('may be %s', (name) => expect(commonName(name)).toBe(name))
  it.each(['', ' x', 'x\ny', 'x=y', '$x', 'x'.repeat(65)])('may not be %j', (name) => expect(() => commonName(name)).toThrow('it must be 1 to 64'))
})
