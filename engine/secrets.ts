/** What must not be seen by whoever looks over a shoulder, nor get into a file that is handed on. */

type Header = readonly [name: string, value: string]

const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-registry-auth', 'x-registry-config']
const HIDDEN = '(hidden)'

/** For everything that is shown: who looks over a shoulder learns no password. */
export function headersWithoutSecrets(headers: readonly Header[]): Header[] {
  return headers.map(([name, value]) => [name, SECRET_HEADERS.includes(name.toLowerCase()) ? HIDDEN : value])
}

/** The same for a body of JSON, also one that was cut off: passwords, also those in addresses, and variables whose name says that they are secret. @see Engine API 1.51 AuthConfig */
export function bodyWithoutSecrets(text: string): string {
  return text
    .replace(/("(?:password|identitytoken|registrytoken|token|auth)"\s*:\s*")(?:[^"\\]|\\.)*/gi, `$1${HIDDEN}`)
    .replace(/("\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY)\w*=)(?:[^"\\]|\\.)*/gi, `$1${HIDDEN}`)
    .replace(/(:\/\/)[^@/\s"\\]+@/g, `$1${HIDDEN}@`)
}

/** Arguments of builds, and names with passwords in addresses. @see Engine API 1.51 ImageBuild */
export function targetWithoutSecrets(target: string): string {
  return target.replace(/([?&]buildargs=)[^&]*/g, '$1(hidden)').replace(/(%3A%2F%2F|:\/\/)(?:(?!%40|%2F)[^@/&])+(%40|@)/gi, '$1(hidden)$2')
}
