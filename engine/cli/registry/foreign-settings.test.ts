import { describe, expect, it } from 'vitest'
import { refuseForeignSettings } from './foreign-settings.ts'

describe('refuseForeignSettings', () => {
  it.each([
    ['REGISTRY_AUTH', 'htpasswd'],
    ['REGISTRY_HTTP_TLS_CERTIFICATE', '/x'],
    ['REGISTRY_HTTP_ADDR', ':6000'],
    ['REGISTRY_STORAGE_DELETE_ENABLED', 'false'],
  ])('refuses %s=%s by its name', (name, value) => expect(() => refuseForeignSettings({ [name]: value })).toThrow(`${name} is a setting of docker-registry's`))

  it('lets what is so anyway, and what others have called alike', () => {
    refuseForeignSettings({ REGISTRY_STORAGE_DELETE_ENABLED: 'true', REGISTRY_HTTP_ADDR: ':5000', REGISTRY_URL: 'x', PATH: '/bin' })
  })
})
