import { createServer } from 'node:http2'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import type { BuildParts } from '../../build/parts.ts'
import { LocalContexts } from '../../buildkit/local-contexts.ts'
import { services } from '../../buildkit/services.ts'
import { Sessions } from '../../buildkit/sessions.ts'
import type { ApiCall } from '../call.ts'
import { upgradeOf } from './h2c.ts'
import { sessionOn } from './session-transport.ts'

/** Both ways in: what a client calls, and what we call on a client. */
export interface FrontDoor {
  grpc(call: ApiCall): void
  session(call: ApiCall): void
}

/** @param version of the engine */
export function frontDoor(builder: BuildParts, version: string): FrontDoor {
  const sessions = new Sessions()
  const parts = { builder, sessions, contexts: new LocalContexts(builder.caches), version }
  const server = createServer({}, connectNodeAdapter({ routes: services(parts), acceptCompression: [] }))
  server.on('sessionError', (error) => builder.containers.log.debug('a connection of a BuildKit client failed', { error: error.message }))
  return {
    grpc(call) {
      server.emit('connection', upgradeOf(call)())
    },
    session(call) {
      const takeOver = upgradeOf(call)
      const id = call.header('x-docker-expose-session-uuid')
      sessions.check(id)
      const methods = new Set(call.header('x-docker-expose-session-grpc-method').toLowerCase().split(/,\s*/))
      const { transport, gone } = sessionOn(takeOver())
      sessions.add({
        id,
        sharedKey: call.header('x-docker-expose-session-sharedkey'),
        transport,
        gone,
        offers: (method) => methods.has(method.toLowerCase()),
      })
    },
  }
}
