import { constants } from 'node:os'
import { getSystemErrorMessage } from 'node:util'
import { hasCode } from '../../errors.ts'
import { textOf } from './latin1.ts'

/** Where Go's words for an error differ from those of libuv. Clients show them. */
const GO_WORDS: Readonly<Record<string, string>> = {
  EBUSY: 'device or resource busy',
  EEXIST: 'file exists',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EXDEV: 'invalid cross-device link',
}

/** An error of the file system that names the container's path, where Node would name ours. */
export class PathError extends Error {
  readonly code: string

  constructor(code: string, call: string, path: string, options?: ErrorOptions) {
    super(`${call} ${textOf(path)}: ${wordsOf(code)}`, options)
    this.name = 'PathError'
    this.code = code
  }
}

/** The same error with the container's path, if it is one of the file system. @param path Latin-1 text, one character a byte */
export function asPathError(error: unknown, path: string): unknown {
  if (error instanceof PathError || !(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error
  return new PathError(String(error.code), String(error.syscall), path, { cause: error })
}

export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT')
}

function wordsOf(code: string): string {
  const number = (constants.errno as Readonly<Record<string, number>>)[code]
  return GO_WORDS[code] ?? (number === undefined ? code : getSystemErrorMessage(-number))
}
