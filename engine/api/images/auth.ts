import type { RegistryAuth } from '../../images/registry/auth.ts'

/**
 * Credentials from `X-Registry-Auth`: base64 of JSON, in either alphabet. Garbage means anonymous, never an error.
 * @see engine-api notes 7.6
 */
export function registryAuth(header: string): RegistryAuth | undefined {
  return asAuth(decode(header))
}

/** Credentials for several registries from `X-Registry-Config`, by host. */
export function registryAuths(header: string): ReadonlyMap<string, RegistryAuth> {
  const value = decode(header)
  const auths = new Map<string, RegistryAuth>()
  if (typeof value !== 'object' || value === null) return auths
  for (const [host, one] of Object.entries(value)) {
    const auth = asAuth(one)
    if (auth) auths.set(host, auth)
  }
  return auths
}

function decode(header: string): unknown {
  if (header === '') return undefined
  try {
    return JSON.parse(Buffer.from(header.replace(/-/g, '+').replace(/_/g, '/'), 'base64').toString())
  } catch {
    return undefined // Old clients send "null" and worse when there are no credentials.
  }
}

function asAuth(value: unknown): RegistryAuth | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const text = (key: string) => {
    const found = (value as Record<string, unknown>)[key]
    return typeof found === 'string' ? found : ''
  }
  const auth = { username: text('username'), password: text('password'), identityToken: text('identitytoken'), registryToken: text('registrytoken') }
  return Object.values(auth).every((one) => one === '') ? undefined : auth
}
