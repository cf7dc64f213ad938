import { Type } from 'typebox'
import type { MoveStatus } from '../../data-root/move-status.ts'
import type { DataRootParts } from '../../data-root/parts.ts'
import { pruneData } from '../../data-root/prune.ts'
import { planPrune } from '../../data-root/prune-plan.ts'
import { requestMove } from '../../data-root/request-move.ts'
import { dataUsage } from '../../data-root/usage.ts'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'

const Names = Type.Array(Type.String())
const Consent = Type.Object({ containers: Names, images: Names, volumes: Names, buildCaches: Names })

const MoveBody = Type.Object({ to: Type.String(), stop: Type.Optional(Type.Boolean()) })

/** What a move needs of the process: it begins anew, and finds what was asked for. */
export interface Moves {
  readonly status: MoveStatus
  /** The data is on the disk of a virtual machine: that is a file of the computer around it, and moved there. */
  readonly isInVm: boolean
  /** Why nobody may move them; undefined when one may. */
  readonly lock: string | undefined
  restart(): void
}

/** Our own, docker has none of it: sizes, prune with a preview, move. @see docs/data-directory.md */
export function dataRootRoutes(parts: DataRootParts, { status, isInVm, lock, restart }: Moves): Route[] {
  return [
    { method: 'GET', path: '/engineroom/v1/data', handler: async (call) => call.json(200, await dataUsage(parts)) },
    { method: 'GET', path: '/engineroom/v1/data/prune', handler: async (call) => call.json(200, await planPrune(parts, pruneOptions(call))) },
    {
      method: 'POST',
      path: '/engineroom/v1/data/prune',
      handler: async (call) => call.json(200, await pruneData(parts, pruneOptions(call), await call.body(Consent))),
    },
    {
      method: 'POST',
      path: '/engineroom/v1/data/move',
      async handler(call) {
        const { to, stop = false } = await call.body(MoveBody)
        if (isInVm)
          throw new EngineError(
            'invalid',
            'this engine is in a virtual machine, whose data disk is moved by "engineroom vm move DIR" on the computer around it',
          )
        if (lock !== undefined) throw new EngineError('forbidden', lock)
        const id = await requestMove(parts, status, to, stop)
        call.response.once('close', restart)
        call.json(202, { id })
      },
    },
  ]
}

function pruneOptions({ query }: ApiCall) {
  return { all: query.flag('all'), volumes: query.flag('volumes') }
}
