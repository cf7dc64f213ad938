import type { IncomingMessage } from 'node:http'

/** The cookie of that name; undefined when there is none. */
export function cookieOf(incoming: IncomingMessage, name: string): string | undefined {
  const cookies = (incoming.headers.cookie ?? '').split(';').map((one) => one.trim())
  return cookies.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
}
