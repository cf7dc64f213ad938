import { createServer } from 'node:http2'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import type { BuildParts } from '../../build/parts.ts'
import { Builds } from '../../buildkit/builds.ts'
import { History } from '../../buildkit/history.ts'
import { HistoryFiles } from '../../buildkit/history-files.ts'
import { LocalContexts } from '../../buildkit/local-contexts.ts'
import { RequestBodies } from '../../buildkit/request-bodies.ts'
import { services } from '../../buildkit/services.ts'
import type { Enter } from '../../buildkit/session-stream.ts'
import { Sessions } from '../../buildkit/sessions.ts'
import { type TracedSolve, tracedSolve } from '../../buildkit/traced.ts'
import type { ApiCall } from '../call.ts'
import { upgradeOf } from './h2c.ts'
import { sessionOn } from './session-transport.ts'

/** The ways in: what a client calls, what we call on a client, and builds that are asked for by a plain request. */
export interface FrontDoor {
  grpc(call: ApiCall): Promise<void>
  session(call: ApiCall): Promise<void>
  readonly solve: TracedSolve
  readonly bodies: RequestBodies
}

/** @param version of the engine */
export function frontDoor(builder: BuildParts, version: string): FrontDoor {
  const sessions = new Sessions()
  const bodies = new RequestBodies()
  const enter = into(sessions)
  const parts = { builder, sessions, enter, contexts: new LocalContexts(builder.caches), bodies, version }
  const kept = { builds: new Builds(), history: new History(new HistoryFiles(builder.historyRoot), builder.containers.log) }
  const server = createServer({}, connectNodeAdapter({ routes: services(parts, kept), acceptCompression: [] }))
  server.on('sessionError', (error) => builder.containers.log.debug('a connection of a BuildKit client failed', { error: error.message }))
  return {
    bodies,
    solve: tracedSolve(parts, kept),
    async grpc(call) {
      server.emit('connection', await upgradeOf(call)())
    },
    async session(call) {
      await enter((name) => call.header(name), upgradeOf(call))
    },
  }
}

function into(sessions: Sessions): Enter {
  return async (header, connection) => {
    const id = header('x-docker-expose-session-uuid')
    sessions.check(id)
    const methods = new Set(header('x-docker-expose-session-grpc-method').toLowerCase().split(/,\s*/))
    const { transport, gone } = sessionOn(await connection())
    const sharedKey = header('x-docker-expose-session-sharedkey')
    sessions.add({ id, sharedKey, transport, gone, offers: (method) => methods.has(method.toLowerCase()) })
  }
}
