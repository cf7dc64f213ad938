import { describe, expect, it } from 'vitest'
import { parseEndpoint, resolveEndpoint } from './host.ts'

describe('parseEndpoint', () => {
  it.each([
    ['unix:///run/x.sock', { socketPath: '/run/x.sock' }, 'unix:///run/x.sock'],
    ['tcp://10.0.0.1:2375', { host: '10.0.0.1', port: 2375 }, 'tcp://10.0.0.1:2375'],
    ['tcp://[::1]:4', { host: '::1', port: 4 }, 'tcp://[::1]:4'],
    ['somewhere', { host: 'somewhere', port: 2375 }, 'tcp://somewhere:2375'],
    [':99', { host: '127.0.0.1', port: 99 }, 'tcp://127.0.0.1:99'],
  ])('%s', (text, address, name) => expect(parseEndpoint(text, undefined)).toEqual({ name, address, tls: undefined }))

  it('takes port 2376 with TLS', () => {
    const tls = { ca: undefined, cert: undefined, key: undefined, rejectUnauthorized: true }
    expect(parseEndpoint('tcp://x', tls).address).toEqual({ host: 'x', port: 2376 })
  })

  it('a named pipe, on Windows', () =>
    expect(parseEndpoint('npipe:////./pipe/x', undefined, 'win32')).toEqual({
      name: 'npipe:////./pipe/x',
      address: { socketPath: '//./pipe/x' },
      tls: undefined,
    }))

  it.each(['ssh://x', 'npipe:////./pipe/x'])('refuses %s', (text) => expect(() => parseEndpoint(text, undefined)).toThrow('unable to parse docker host'))
})

describe('resolveEndpoint', () => {
  it('prefers -H to DOCKER_HOST, and takes one only', () => {
    const env = { DOCKER_HOST: 'unix:///env' }
    expect(resolveEndpoint({}, env).name).toBe('unix:///env')
    expect(resolveEndpoint({ host: ['unix:///flag'] }, env).name).toBe('unix:///flag')
    expect(() => resolveEndpoint({ host: ['a', 'b'] }, env)).toThrow('Specify only one -H')
  })

  it('ends at our own socket', () => expect(resolveEndpoint({}, {}).name).toMatch(/^unix:\/\/.*engineroom\/docker\.sock$/))
})
