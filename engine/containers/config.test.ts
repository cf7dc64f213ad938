import { describe, expect, it } from 'vitest'
import { decodeObject } from '../json/go-json.ts'
import { ContainerConfigSchema, HostConfigSchema, normaliseConfig } from './config.ts'

const config = (body: unknown) => normaliseConfig(decodeObject(ContainerConfigSchema, body))

describe('what a client says of a container', () => {
  it('takes one string for a list of one word, and does not split it', () => {
    expect(config({ Cmd: 'echo a b', Entrypoint: '/bin/sh', Shell: 'bash' })).toMatchObject({ Cmd: ['echo a b'], Entrypoint: ['/bin/sh'], Shell: ['bash'] })
    expect(config({ Cmd: ['echo', 'a b'], Entrypoint: null })).toMatchObject({ Cmd: ['echo', 'a b'], Entrypoint: undefined })
  })

  it('tells a stop timeout of zero from none', () => {
    expect(config({ StopTimeout: 0 }).StopTimeout).toBe(0)
    expect(config({ StopTimeout: null }).StopTimeout).toBeUndefined()
  })

  it('keeps the case of labels and ports, not of fields', () => {
    expect(config({ labels: { Team: 'A' }, EXPOSEDPORTS: { '80/tcp': {} } })).toMatchObject({ Labels: { Team: 'A' }, ExposedPorts: { '80/tcp': {} } })
  })
})

describe('what a client says of the host', () => {
  it('takes ports with no binding, in both spellings', () => {
    expect(decodeObject(HostConfigSchema, { PortBindings: { '80/tcp': null, '81/tcp': [{}], '82/tcp': [{ HostPort: '8082' }] } }).PortBindings).toEqual({
      '80/tcp': null,
      '81/tcp': [{}],
      '82/tcp': [{ HostPort: '8082' }],
    })
  })

  it.each([
    [{ Memory: '64m' }, 'json: cannot unmarshal string into Go struct field .Memory of type int64'],
    [{ PortBindings: { '80/tcp': [{ HostPort: 8080 }] } }, 'json: cannot unmarshal number 8080 into Go struct field .PortBindings.HostPort of type string'],
    [{ Binds: '/a:/b' }, 'json: cannot unmarshal string into Go struct field .Binds of type slice'],
  ])('%j: %s', (body, message) => {
    expect(() => decodeObject(HostConfigSchema, body)).toThrow(expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(message) }))
  })
})
