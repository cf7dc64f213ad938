import { describe, expect, it } from 'vitest'
import { proxiesOf, proxyFor } from './proxy.ts'

const all = { http: 'http://plain.example:3128', https: 'secure.example:3128', none: '' }

describe('proxyFor', () => {
  it.each([
    ['http://a.example/', 'http://plain.example:3128'],
    ['https://a.example/', 'http://secure.example:3128'],
    ['https://10.0.0.1:5000/', 'http://secure.example:3128'],
    ['http://localhost:5000/', undefined],
    ['http://127.9.9.9/', undefined],
    ['http://[::1]:5000/', undefined],
  ])('%s', (url, proxy) => expect(proxyFor(new URL(url), all)).toBe(proxy))

  it('one for each scheme, and none for a scheme that has none', () => expect(proxyFor(new URL('https://a.example'), { ...all, https: '' })).toBeUndefined())

  it.each<[string, string, boolean]>([
    ['*', 'https://a.example', true],
    ['a.example', 'https://a.example', true],
    ['a.example', 'https://A.EXAMPLE.', true],
    ['a.example', 'https://b.a.example', true],
    ['a.example', 'https://ba.example', false],
    ['.a.example', 'https://b.a.example', true],
    ['.a.example', 'https://a.example', false],
    ['*.a.example', 'https://b.a.example', true],
    ['x.example, a.example', 'https://a.example', true],
    ['a.example:5000', 'https://a.example:5000', true],
    ['a.example:443', 'https://a.example', true],
    ['a.example:5000', 'https://a.example', false],
    ['10.0.0.0/8', 'https://10.1.2.3:5000', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', 'https://a.example', false],
    ['10.1.2.3', 'https://10.1.2.3:5000', true],
    ['10.1.2.3:5001', 'https://10.1.2.3:5000', false],
    ['2001:db8::/32', 'https://[2001:db8::1]', true],
    ['2001:db8::1', 'https://[2001:db8::1]:5000', true],
    ['[2001:db8::1]:5000', 'https://[2001:db8::1]:5000', true],
    ['1', 'https://10.1.2.1', false],
    ['10.0.0.0/99', 'https://10.1.2.1', false],
    ['', 'https://a.example', false],
  ])('NO_PROXY=%s for %s: %s', (none, url, isDirect) => expect(proxyFor(new URL(url), { ...all, none }) === undefined).toBe(isDirect))
})

describe('proxiesOf', () => {
  it('reads both spellings, upper case first', () =>
    expect(proxiesOf({ HTTP_PROXY: 'a', http_proxy: 'b', https_proxy: 'c' })).toEqual({ http: 'a', https: 'c', none: '' }))
})
