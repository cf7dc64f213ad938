import { messageOf } from '../errors.ts'

/** What the system said about a file, without Node's code and path: `no such file or directory`. */
export function systemText(error: unknown): string {
  const text = messageOf(error)
  return /^[A-Z0-9]+: ([^,]+)/.exec(text)?.[1] ?? text
}
