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

describe('registryOf', () => {
  it.each([
    ['docker.io', 'registry-1.docker.io'],
    ['index.docker.io', 'registry-1.docker.io'],
    ['quay.io', 'quay.io'],
  ])('%s is served by %s', (domain, host) => expect(registryOf(domain, settings).host).toBe(host))

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
    ['docker.io', false],
  ])('%s may go without TLS: %s', (domain, isInsecure) => expect(registryOf(domain, settings).isInsecure).toBe(isInsecure))
})

describe('searchEndpoint', () => {
  it.each([
    ['docker.io', 'index.docker.io'],
    ['quay.io', 'quay.io'],
  ])('%s is searched at %s', (domain, host) => expect(searchEndpoint(domain, settings).host).toBe(host))
})

describe('what stands in for Docker Hub', () => {
  const settingsWithHub = { ...settings, hub: 'http://hub.example:5000' }
  const standIn = { host: 'hub.example:5000', isInsecure: true, scheme: 'http' }

  it('answers everything that is for the Hub', () =>
    expect([registryOf('docker.io', settingsWithHub), searchEndpoint('docker.io', settingsWithHub)]).toEqual([standIn, standIn]))

  it('answers nothing else', () => expect(registryOf('quay.io', settingsWithHub).host).toBe('quay.io'))
})

describe('pullEndpoints', () => {
  const mirrored = { ...settings, mirrors: ['https://mirror.example', 'http://10.0.0.5:5000/'] }

  it('asks the mirrors first, for what is on Docker Hub', () => {
    expect(pullEndpoints('docker.io', mirrored)).toEqual([
      { host: 'mirror.example', isInsecure: false, scheme: 'https' },
      { host: '10.0.0.5:5000', isInsecure: true, scheme: 'http' },
      { host: 'registry-1.docker.io', isInsecure: false, scheme: undefined },
    ])
  })

  it('asks nobody else for what is not', () => expect(pullEndpoints('quay.io', mirrored).map(({ host }) => host)).toEqual(['quay.io']))
})
