import { ConfigurationError } from './configuration-error.ts'

/**
 * The origins of `--api-cors-header`, with commas between, as browsers write them: scheme and host in small letters, no
 * port where it is the scheme's own.
 * @throws ConfigurationError for what no browser would send; `null` too, which pages of anybody can have
 */
export function parseOrigins(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => (one === '*' ? one : originOf(one)))
}

function originOf(text: string): string {
  if (/^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d+)?$/i.test(text) && URL.canParse(text)) return new URL(text).origin
  throw new ConfigurationError(`invalid --api-cors-header ${text}: name pages as https://HOST or http://HOST:PORT, or * for all`)
}
