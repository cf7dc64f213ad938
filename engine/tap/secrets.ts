import type { Header } from './event.ts'

const SECRET_HEADERS = ['authorization', 'cookie', 'x-registry-auth', 'x-registry-config']
const HIDDEN = '(hidden)'

/** For everything that is shown: who looks over a shoulder learns no password. */
export function withoutSecrets(headers: readonly Header[]): Header[] {
  return headers.map(([name, value]) => [name, SECRET_HEADERS.includes(name.toLowerCase()) ? HIDDEN : value])
}

/** The same for a body of JSON. @see Engine API 1.51 AuthConfig */
export function bodyWithoutSecrets(text: string): string {
  return text.replace(/("(?:password|identitytoken|registrytoken|auth)"\s*:\s*")(?:[^"\\]|\\.)*/gi, `$1${HIDDEN}`)
}
