import { Type } from 'typebox'
import type { Terminal } from '../../containers/terminals/terminal.ts'
import type { Terminals } from '../../containers/terminals/terminals.ts'
import { EngineError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import { AttachedTerminals } from './attach.ts'

const PATH = '/engineroom/v1/terminals'

const OpenBody = Type.Object({
  command: Type.Optional(Type.Array(Type.String())),
  debug: Type.Optional(Type.Boolean()),
  rows: Type.Integer(),
  columns: Type.Integer(),
})

const ShareBody = Type.Object({ mode: Type.String(), lifetimeS: Type.Integer() })

const SHELL = ['/bin/sh']

/** A day: who works longer together makes another link. */
const MAX_LIFETIME_S = 24 * 60 * 60

/**
 * Our own, docker has none of it: terminals that the daemon holds, and links into them. @see docs/decisions/0052-shared-terminal.md
 */
export function terminalRoutes(terminals: Terminals, log: Log): Route[] {
  const terminal = (call: ApiCall) => terminals.get(call.param('id'))
  const attached = new AttachedTerminals(log)
  return [
    { method: 'POST', path: '/engineroom/v1/containers/{id}/terminals', handler: (call) => open(terminals, call) },
    { method: 'GET', path: `${PATH}/{id}`, handler: (call) => call.json(200, viewOf(terminal(call))) },
    {
      method: 'DELETE',
      path: `${PATH}/{id}/shares/{share}`,
      handler(call) {
        terminal(call).revoke(call.param('share'))
        call.empty(204)
      },
    },
    {
      method: 'DELETE',
      path: `${PATH}/{id}`,
      handler(call) {
        terminal(call).close()
        call.empty(204)
      },
    },
    { method: 'POST', path: `${PATH}/{id}/attach`, hijacks: true, handler: (call) => attached.attach(terminal(call), call) },
    { method: 'POST', path: `${PATH}/{id}/resize/{by}`, handler: (call) => attached.resize(call) },
    { method: 'POST', path: `${PATH}/{id}/shares`, handler: (call) => share(terminal(call), call) },
  ]
}

async function open(terminals: Terminals, call: ApiCall): Promise<void> {
  const { command = SHELL, debug = false, rows, columns } = await call.body(OpenBody)
  call.json(201, viewOf(await terminals.open(call.param('id'), { command: debug ? 'debug' : command, size: { rows, columns } })))
}

/** The token is in this answer alone. */
async function share(terminal: Terminal, call: ApiCall): Promise<void> {
  const { mode, lifetimeS } = await call.body(ShareBody)
  if (mode !== 'view' && mode !== 'control') throw new EngineError('invalid', `invalid mode ${JSON.stringify(mode)}: use view or control`)
  if (lifetimeS < 1 || lifetimeS > MAX_LIFETIME_S) throw new EngineError('invalid', `invalid lifetimeS ${lifetimeS}: use 1 to ${MAX_LIFETIME_S} seconds`)
  call.json(201, terminal.share(mode, lifetimeS))
}

function viewOf({ id, containerId, execId, size }: Terminal) {
  return { id, containerId, execId, size }
}
