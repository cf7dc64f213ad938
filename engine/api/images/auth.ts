import type { RegistryAuth } from '../../images/registry/auth.ts'

/**
 * Credentials from `X-Registry-Auth`: base64 of JSON, in either alphabet. Garbage means anonymous, never an error.
 * @see engine-api notes 7.6
 */
export function registryAuth(header: string): RegistryAuth | undefined {
  if (header === '') return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(header.replace(/-/g, '+').replace(/_/g, '/'), 'base64').toString())
  } catch {
    return undefined // Old clients send "null" and worse when there are no credentials.
  }
  if (typeof value !== 'object' || value === null) return undefined
  const text = (key: string) => {
    const found = (value as Record<string, unknown>)[key]
    return typeof found === 'string' ? found : ''
  }
  const auth = { username: text('username'), password: text('password'), identityToken: text('identitytoken'), registryToken: text('registrytoken') }
  return Object.values(auth).every((one) => one === '') ? undefined : auth
}
