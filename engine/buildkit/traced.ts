import { randomUUID } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import { ConnectError } from '@connectrpc/connect'
import { EngineError } from '../errors.ts'
import type { BuildKitParts } from './parts.ts'
import { SolveRequestSchema, StatusResponseSchema } from './protocol/control_pb.ts'
import { type Kept, solve } from './solve.ts'

/** What is to be built; {@link tracedSolve} gives it a name. */
export interface SolveInit {
  readonly session: string
  readonly frontend: string
  readonly frontendAttrs: Record<string, string>
  readonly exporters: { type: string; attrs: Record<string, string> }[]
  readonly cacheExports: { type: string; attrs: Record<string, string> }[]
  readonly entitlements: string[]
}

/** A build for who does not call by gRPC. */
export type TracedSolve = (request: SolveInit, trace: (status: Uint8Array) => void, signal: AbortSignal) => Promise<Record<string, string>>

/**
 * Builds, and says what goes on in BuildKit's own messages (`moby.buildkit.v1.StatusResponse`).
 * @returns what clients are told of the result
 * @throws EngineError with BuildKit's words
 */
export function tracedSolve(parts: BuildKitParts, kept: Kept): TracedSolve {
  return async ({ cacheExports, ...request }, trace, signal) => {
    const ref = randomUUID()
    const solved = solve(parts, kept, create(SolveRequestSchema, { ...request, ref, cache: { exports: cacheExports } }), signal)
    // It is waited for below, once all is told.
    solved.catch(() => undefined)
    const { status } = await kept.builds.get(ref, signal)
    for await (const response of status.listen(signal)) trace(toBinary(StatusResponseSchema, response))
    try {
      return await solved
    } catch (error) {
      throw error instanceof ConnectError ? new EngineError('system', error.rawMessage, { cause: error }) : error
    }
  }
}
