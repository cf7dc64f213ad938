import { expect, test } from 'vitest'
import { proxiesFor, seenFromGuest } from './proxies.ts'

test.each([
  ['http://127.0.0.1:3128', 'http://10.0.2.2:3128'],
  ['http://localhost:3128/', 'http://10.0.2.2:3128/'],
  ['localhost:3128', '10.0.2.2:3128'],
  ['http://[::1]:3128', 'http://10.0.2.2:3128'],
  ['http://us%40er:pa$$w:rd@127.0.0.1:3128', 'http://us%40er:pa$$w:rd@10.0.2.2:3128'],
  ['http://localhost.example:3128', 'http://localhost.example:3128'],
  ['http://127.0.0.1.example:3128', 'http://127.0.0.1.example:3128'],
  ['http://proxy.example:3128', 'http://proxy.example:3128'],
])('a proxy at %s is one at %s for the guest', (here, there) => {
  expect(seenFromGuest({ http: here, https: '', none: 'a.example' })).toEqual({ http: there, https: '', none: 'a.example,10.0.2.2' })
})

test('without a proxy nothing is added', () => {
  expect(seenFromGuest({ http: '', https: '', none: 'a' })).toEqual({ http: '', https: '', none: 'a' })
})

test('what was chosen goes before the environment, which is read like curl does', () => {
  const env = { HTTP_PROXY: 'upper', http_proxy: 'lower', https_proxy: 'lower', NO_PROXY: '' }
  expect(proxiesFor(undefined, env)).toEqual({ http: 'upper', https: 'lower', none: '' })
  expect(proxiesFor({ http: '', none: 'none' }, env)).toEqual({ http: '', https: 'lower', none: 'none' })
})
