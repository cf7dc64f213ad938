import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { recordOf, textOf } from './config-file.ts'

/** What a helper says when it knows no such registry. @see docker-credential-helpers, credentials/error.go */
const NOT_FOUND = 'credentials not found in native keychain'

/**
 * One call of a program that keeps passwords: `docker-credential-NAME VERB`.
 * @returns what it printed; undefined when it knows no such registry
 * @throws Error with its words
 * @see docker-credential-helpers, "Development"
 */
export async function askHelper(name: string, verb: 'get' | 'store' | 'erase' | 'list', input: string): Promise<string | undefined> {
  const child = spawn(`docker-credential-${name}`, [verb], { stdio: ['pipe', 'pipe', 'pipe'] })
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>()
  child.on('error', reject)
  child.on('close', resolve)
  // One that ends before it has read everything says why by its code.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code, output, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (code === 0) return output
  const words = (output || complaint).trim()
  if (words.startsWith(NOT_FOUND)) return undefined
  throw new Error(`docker-credential-${name} ${verb}: ${words || `it ended with code ${code}`}`)
}

/** Who is known where, of all that it keeps. */
export async function helperLogins(name: string): Promise<ReadonlyMap<string, string>> {
  const known = recordOf(JSON.parse((await askHelper(name, 'list', '')) || '{}'))
  return new Map(Object.entries(known).map(([server, username]) => [server, textOf(username)]))
}
