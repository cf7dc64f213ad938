import { EngineError } from '../errors.ts'

/** A mistake in a Dockerfile, at a line of it. */
export function parseError(line: number, message: string): EngineError {
  return new EngineError('invalid', `dockerfile parse error on line ${line}: ${message}`)
}
