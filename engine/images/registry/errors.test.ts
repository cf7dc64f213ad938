import { describe, expect, it } from 'vitest'
import { registryError, unreachable } from './errors.ts'

const body = (code: string, message: string) => JSON.stringify({ errors: [{ code, message, detail: {} }] })

describe('registryError', () => {
  it.each([
    [404, body('MANIFEST_UNKNOWN', 'manifest unknown'), 'not-found', 'manifest unknown: manifest unknown'],
    [401, body('UNAUTHORIZED', 'authentication required'), 'unauthorized', 'unauthorized: authentication required'],
    [403, body('DENIED', 'requested access to the resource is denied'), 'forbidden', 'denied: requested access to the resource is denied'],
    [429, body('TOOMANYREQUESTS', 'slow down'), 'too-many-requests', 'toomanyrequests: slow down'],
    [429, '<html>', 'too-many-requests', 'toomanyrequests: too many requests to the registry'],
    [502, '<html>bad gateway</html>', 'system', 'received unexpected HTTP status: 502'],
    [500, '{"errors":[]}', 'system', 'received unexpected HTTP status: 500'],
    [500, '', 'system', 'received unexpected HTTP status: 500'],
  ])('%d %s', (status, text, kind, message) => expect(registryError(status, text)).toMatchObject({ kind, message }))
})

describe('unreachable', () => {
  const error = (code: string) => Object.assign(new Error('raw'), { code })

  it.each([
    ['ENOTFOUND', 'dial tcp: lookup host.example: no such host'],
    ['ECONNREFUSED', 'dial tcp host.example:5000: connect: connection refused'],
    ['UND_ERR_CONNECT_TIMEOUT', 'dial tcp host.example:5000: i/o timeout'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'http: server gave HTTP response to HTTPS client'],
    ['EWHATEVER', 'raw'],
  ])('%s', (code, why) => {
    expect(unreachable('https://host.example:5000', error(code))).toMatchObject({
      kind: 'system',
      message: `Get "https://host.example:5000/v2/": ${why}`,
    })
  })
})
