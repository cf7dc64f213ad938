import { describe, expect, it } from 'vitest'
import { parseHostAddress } from './host-address.ts'

describe('an address of -H', () => {
  it.each<[string, object]>([
    ['unix:///run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['tcp://0.0.0.0:2375', { kind: 'tcp', host: '0.0.0.0', port: 2375 }],
    ['tcp://', { kind: 'tcp', host: '127.0.0.1', port: 2375 }],
    ['tcp://:1234', { kind: 'tcp', host: '127.0.0.1', port: 1234 }],
    ['tcp://engine.example', { kind: 'tcp', host: 'engine.example', port: 2375 }],
    ['tcp://10.0.0.1:80/', { kind: 'tcp', host: '10.0.0.1', port: 80 }],
    ['tcp://[::]:2375', { kind: 'tcp', host: '::', port: 2375 }],
    ['[::1]:2375', { kind: 'tcp', host: '::1', port: 2375 }],
    ['0.0.0.0:2375', { kind: 'tcp', host: '0.0.0.0', port: 2375 }],
    ['fd://', { kind: 'passed' }],
    [':2375', { kind: 'tcp', host: '127.0.0.1', port: 2375 }],
  ])('%s', (text, address) => expect(parseHostAddress(text, { hasTls: false })).toEqual(address))

  it('has the port of docker with TLS when it says none', () => {
    expect(parseHostAddress('tcp://0.0.0.0', { hasTls: true })).toMatchObject({ port: 2376 })
    expect(parseHostAddress('tcp://0.0.0.0:2375', { hasTls: true })).toMatchObject({ port: 2375 })
  })

  it.each(['', 'nonsense', 'http://x', 'unix://', 'unix://relative.sock', 'tcp://x:y:z', 'tcp://::1:2375', 'tcp://x:99999', 'fd://7', '/run/x.sock'])(
    '"%s" is none',
    (text) => expect(() => parseHostAddress(text, { hasTls: false })).toThrow(`invalid -H address ${text}: use unix://PATH, tcp://HOST:PORT or fd://`),
  )
})
