import { readFileSync } from 'node:fs'
import { messageOf } from '../../errors.ts'

/** The variables of `--env-file`, then those of `--env`, which win. @throws Error with docker's words */
export function readEnvironment(files: readonly string[] = [], given: readonly string[] = []): string[] {
  return [...files.flatMap((path) => readPairs(path, (name) => process.env[name])), ...given]
}

/** The labels of `--label-file`, then those of `--label`. @throws Error with docker's words */
export function readLabels(files: readonly string[] = [], given: readonly string[] = []): string[] {
  return [...files.flatMap((path) => readPairs(path, () => undefined)), ...given]
}

function readPairs(path: string, lookUp: (name: string) => string | undefined): string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(messageOf(error))
  }
  try {
    return parsePairs(text, lookUp)
  } catch (error) {
    throw new Error(`invalid env file (${path}): ${messageOf(error)}`)
  }
}

/**
 * A line per variable: `NAME=value`, or `NAME` for the value that `lookUp` knows; empty lines and comments are skipped.
 * @throws Error with docker's words
 */
export function parsePairs(text: string, lookUp: (name: string) => string | undefined): string[] {
  const pairs: string[] = []
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const line = raw.trimStart()
    if (line === '' || line.startsWith('#')) continue
    const [name = ''] = line.split('=', 1)
    if (name === '') throw new Error(`no variable name on line '${line}'`)
    if (/[ \t]/.test(name)) throw new Error(`variable '${name}' contains whitespaces`)
    const value = line.includes('=') ? line : undefined
    const known = lookUp(name)
    if (value !== undefined) pairs.push(value)
    else if (known !== undefined) pairs.push(`${name}=${known}`)
  }
  return pairs
}
