import { Type } from 'typebox'
import type { DataRootParts } from '../../data-root/parts.ts'
import { pruneData } from '../../data-root/prune.ts'
import { planPrune } from '../../data-root/prune-plan.ts'
import { dataUsage } from '../../data-root/usage.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'

const Names = Type.Array(Type.String())
const Consent = Type.Object({ containers: Names, images: Names, volumes: Names, buildCaches: Names })

/** Our own, docker has none of it: sizes, prune with a preview, move. @see docs/data-directory.md */
export function dataRootRoutes(parts: DataRootParts): Route[] {
  return [
    { method: 'GET', path: '/engineroom/v1/data', handler: async (call) => call.json(200, await dataUsage(parts)) },
    { method: 'GET', path: '/engineroom/v1/data/prune', handler: async (call) => call.json(200, await planPrune(parts, pruneOptions(call))) },
    {
      method: 'POST',
      path: '/engineroom/v1/data/prune',
      handler: async (call) => call.json(200, await pruneData(parts, pruneOptions(call), await call.body(Consent))),
    },
  ]
}

function pruneOptions({ query }: ApiCall) {
  return { all: query.flag('all'), volumes: query.flag('volumes') }
}
