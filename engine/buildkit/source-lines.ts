import { Code, ConnectError } from '@connectrpc/connect'
import { StepFailure } from '../build/step-failure.ts'
import { DockerfileMistake } from '../dockerfile/parse-error.ts'
import { EngineError, type ErrorKind, messageOf } from '../errors.ts'
import { SourceSchema } from './protocol/source-error_pb.ts'

/** A Dockerfile as it was read. */
export interface DockerfileText {
  readonly filename: string
  readonly text: string
}

/** Lines of a Dockerfile, from 1. */
export interface Lines {
  readonly first: number
  readonly last: number
}

/** Clients show the code in front of the message, but for `Unknown`: what is wrong with a Dockerfile speaks for itself. */
const CODES = {
  invalid: Code.Unknown,
  unauthorized: Code.Unauthenticated,
  forbidden: Code.PermissionDenied,
  'not-found': Code.NotFound,
  conflict: Code.FailedPrecondition,
  'not-modified': Code.FailedPrecondition,
  'too-many-requests': Code.ResourceExhausted,
  unavailable: Code.Unavailable,
  'not-implemented': Code.Unimplemented,
  system: Code.Unknown,
} satisfies Record<ErrorKind, Code>

/** The message for a client of BuildKit's: it knows other words than the classic builder's for a command that failed. */
export function buildMessage(error: unknown): string {
  if (!(error instanceof StepFailure)) return messageOf(error)
  return `process ${JSON.stringify(error.command)} did not complete successfully: exit code: ${error.exitCode}`
}

/** The Dockerfile as clients get it, to show lines of it. */
export function sourceInfo({ filename, text }: DockerfileText) {
  return { filename, data: Buffer.from(text), language: 'Dockerfile' }
}

/** Anything that was thrown, as the client gets it. */
export function callError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error
  return new ConnectError(buildMessage(error), error instanceof EngineError && !(error instanceof StepFailure) ? CODES[error.kind] : Code.Unknown)
}

/** The same with the lines of the Dockerfile that it is about, which clients print. */
export function buildError(error: unknown, dockerfile: DockerfileText | undefined, lines: Lines | undefined): ConnectError {
  const plain = callError(error)
  const at = error instanceof DockerfileMistake ? { first: error.line, last: error.line } : lines
  if (!dockerfile || !at || at.first === 0) return plain
  const info = sourceInfo(dockerfile)
  const ranges = [{ start: { line: at.first }, end: { line: at.last } }]
  return new ConnectError(plain.rawMessage, plain.code, undefined, [{ desc: SourceSchema, value: { info, ranges } }])
}
