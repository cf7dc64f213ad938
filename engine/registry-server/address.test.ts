import { describe, expect, it } from 'vitest'
import { addressText, parseAddress } from './address.ts'

describe('the address of a registry', () => {
  it.each([
    ['127.0.0.1:5000', { host: '127.0.0.1', port: 5000 }],
    ['registry.example:443', { host: 'registry.example', port: 443 }],
    [':5000', { host: '', port: 5000 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['[fd00::5]:65535', { host: 'fd00::5', port: 65_535 }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
    expect(addressText(address)).toBe(text)
  })

  it.each(['', '5000', 'nowhere', 'host:', '127.0.0.1:65536', '127.0.0.1:x', '::1:5000', '[127.0.0.1]:5000', '[::1', 'http://host:5000', 'host:5000/path'])(
    '"%s" is none',
    (text) => expect(() => parseAddress(text)).toThrow(`invalid address ${text}: use HOST:PORT, or :PORT for every address of this machine`),
  )
})
