import { Type } from 'typebox'
import { volumeTree } from '../../containers/files/file-tree.ts'
import { archiveVolume, cloneVolume, extractIntoVolume, importVolume } from '../../containers/files/volume-contents.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { ApiCall } from '../call.ts'
import { fileRoutes } from '../containers/files.ts'
import type { Route } from '../router.ts'
import { volumeView } from './routes.ts'

const BASE = '/engineroom/v1/volumes/{name}'
const CloneBody = Type.Object({ Name: Type.String() })

/** What is in volumes: docker reaches it through containers only. */
export function volumeContentRoutes(parts: ContainerParts): Route[] {
  const tree = (call: ApiCall) => volumeTree(parts.volumes, call.param('name'))
  return [
    ...fileRoutes(BASE, tree),
    {
      method: 'GET',
      path: `${BASE}/archive`,
      handler: (call) => archiveVolume(parts, call.param('name'), call.query.text('path'), () => call.stream('application/x-tar')),
    },
    {
      method: 'PUT',
      path: `${BASE}/archive`,
      async handler(call) {
        await extractIntoVolume(parts, call.param('name'), call.query.text('path'), call.upload(), call.query.flag('noOverwriteDirNonDir'))
        call.empty(200)
      },
    },
    {
      method: 'POST',
      path: `${BASE}/clone`,
      async handler(call) {
        const { Name: name } = await call.body(CloneBody)
        call.json(201, volumeView(parts.volumes, await cloneVolume(parts, call.param('name'), name)))
      },
    },
    {
      method: 'POST',
      path: '/engineroom/v1/volumes',
      uploads: true,
      handler: async (call) => call.json(201, volumeView(parts.volumes, await importVolume(parts, call.query.text('name'), call.upload()))),
    },
  ]
}
