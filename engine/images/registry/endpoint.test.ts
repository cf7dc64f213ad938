import { describe, expect, it } from 'vitest'
import { pullEndpoints, registryOf, searchEndpoint } from './endpoint.ts'

const settings = {
  mirrors: [],
  hub: undefined,
  insecureHosts: ['old.example', 'exact.example:5000'],
  insecureCidrs: ['10.0.0.0/8'],
  maxConcurrentDownloads: 3,
  maxConcurrentUploads: 5,
  proxies: { http: '', https: '', none: '' },
  certificateFolders: [],
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'inside.example': ['11.0.0.1', '10.7.7.7'],
  'own.example': ['127.0.0.1'],
  'outside.example': ['11.0.0.1'],
  'quay.io': ['198.51.100.1'],
}
const resolve = async (name: string) => NAMES[name] ?? []

describe('registryOf', () => {
  it.each([
    ['docker.io', 'registry-1.docker.io'],
    ['index.docker.io', 'registry-1.docker.io'],
    ['quay.io', 'quay.io'],
  ])('%s is served by %s', async (domain, host) => expect((await registryOf(domain, settings, resolve)).host).toBe(host))

  it.each([
    ['localhost', true],
    ['localhost:5000', true],
    ['127.0.0.1:5000', true],
    ['127.9.9.9', true],
    ['[::1]:5000', true],
    ['10.1.2.3:5000', true],
    ['11.1.2.3:5000', false],
    ['old.example', true],
    ['old.example:5000', true],
    ['exact.example:5000', true],
    ['exact.example:5001', false],
    ['quay.io', false],
    ['localhost.evil.example', false],
    ['inside.example:5000', true],
    ['own.example:5000', true],
    ['outside.example:5000', false],
    ['docker.io', false],
  ])('%s may go without TLS: %s', async (domain, isInsecure) => expect((await registryOf(domain, settings, resolve)).isInsecure).toBe(isInsecure))
})

describe('searchEndpoint', () => {
  it.each([
    ['docker.io', 'index.docker.io'],
    ['quay.io', 'quay.io'],
  ])('%s is searched at %s', async (domain, host) => expect((await searchEndpoint(domain, settings, resolve)).host).toBe(host))
})

describe('what stands in for Docker Hub', () => {
  const settingsWithHub = { ...settings, hub: 'http://hub.example:5000' }
  const standIn = { host: 'hub.example:5000', isInsecure: true, scheme: 'http' }

  it('answers everything that is for the Hub', async () =>
    expect(await Promise.all([registryOf, searchEndpoint].map((of) => of('docker.io', settingsWithHub, resolve)))).toEqual([standIn, standIn]))

  it('answers nothing else', async () => expect((await registryOf('quay.io', settingsWithHub, resolve)).host).toBe('quay.io'))
})

describe('pullEndpoints', () => {
  const mirrored = { ...settings, mirrors: ['https://mirror.example', 'http://10.0.0.5:5000/'] }

  it('asks the mirrors first, for what is on Docker Hub', async () => {
    expect(await pullEndpoints('docker.io', mirrored, resolve)).toEqual([
      { host: 'mirror.example', isInsecure: false, scheme: 'https' },
      { host: '10.0.0.5:5000', isInsecure: true, scheme: 'http' },
      { host: 'registry-1.docker.io', isInsecure: false, scheme: undefined },
    ])
  })

  it('asks nobody else for what is not', async () => {
    expect((await pullEndpoints('quay.io', mirrored, resolve)).map(({ host }) => host)).toEqual(['quay.io'])
  })
})
