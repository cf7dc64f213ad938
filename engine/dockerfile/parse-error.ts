import { EngineError } from '../errors.ts'

/** A mistake in a Dockerfile, at a line of it. */
export class DockerfileMistake extends EngineError {
  readonly line: number

  constructor(line: number, message: string) {
    super('invalid', `dockerfile parse error on line ${line}: ${message}`)
    this.line = line
  }
}

/** A mistake in a Dockerfile, at a line of it. */
export function parseError(line: number, message: string): DockerfileMistake {
  return new DockerfileMistake(line, message)
}
