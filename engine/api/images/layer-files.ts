import { layerFiles } from '../../containers/files/layer-files.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { Route } from '../router.ts'

const PAGE = 500
const LARGEST_PAGE = 5000

/** What each step of an image did to its files: docker tells its size only. @see docs/files.md */
export function layerFileRoutes(parts: ContainerParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/engineroom/v1/images/{name}/steps/{step}/files',
      async handler(call) {
        const page = await layerFiles(parts, {
          reference: call.param('name'),
          step: Number(call.param('step')),
          path: call.query.text('path') || '/',
          after: call.query.text('after'),
          limit: Math.min(Math.max(1, call.query.integer('limit') ?? PAGE), LARGEST_PAGE),
        })
        call.json(200, page)
      },
    },
  ]
}
