import type { ServerResponse } from 'node:http'
import type { MoveStatus } from '../../data-root/move-status.ts'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import type { Handler, Route } from '../router.ts'

/** Progress as it comes, a JSON object a line, and last `{"outcome": …}`, which is null when no move is known of. */
export function moveStatusRoute(status: MoveStatus): Route {
  return { method: 'GET', path: '/engineroom/v1/data/move', handler: (call) => follow(status, call) }
}

/** Somebody has read how the last one ended. */
export function forgetMoveRoute(status: MoveStatus): Route {
  return {
    method: 'DELETE',
    path: '/engineroom/v1/data/move',
    handler: (call) => {
      status.forget()
      call.empty(204)
    },
  }
}

/** For all other requests meanwhile. */
export function movingHandler(status: MoveStatus): Handler {
  return ({ response }) => {
    // The next request is for the engine itself, not for who stands in for it.
    response.setHeader('Connection', 'close')
    const { stage = 'starting', current, total } = status.progress ?? {}
    const percent = current !== undefined && total ? ` (${Math.floor((current / total) * 100)} %)` : ''
    throw new EngineError('unavailable', `the data directory is being moved: ${stage}${percent}; try again when it is done`)
  }
}

function follow(status: MoveStatus, call: ApiCall): void {
  const response = call.stream('application/json')
  const leave = status.subscribe(() => send(status, response))
  response.on('close', leave)
  send(status, response)
}

/** A client that reads slowly misses progress, and nothing else. */
function send({ progress, outcome }: MoveStatus, response: ServerResponse): void {
  if (progress && response.writableNeedDrain) return
  if (progress) response.write(`${JSON.stringify(progress)}\n`)
  else response.end(`${JSON.stringify({ outcome: outcome ?? null })}\n`)
}
