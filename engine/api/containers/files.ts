import type { Writable } from 'node:stream'
import { listPath, readFileAt } from '../../containers/files/browse.ts'
import type { FileTree } from '../../containers/files/file-tree.ts'
import { makeFolderAt, moveAt, removeAt } from '../../containers/files/rearrange.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'

/**
 * What docker's archive endpoints cannot do with files: list a folder, give a file as it is, make a folder, move or remove something.
 * @param base of the paths, e.g. `/engineroom/v1/volumes/{name}`
 * @param treeOf whose files a call is about
 */
export function fileRoutes(base: string, treeOf: (call: ApiCall) => FileTree): Route[] {
  return [
    { method: 'GET', path: `${base}/files`, handler: async (call) => call.json(200, await listPath(treeOf(call), call.query.text('path'), call.signal)) },
    {
      method: 'GET',
      path: `${base}/file`,
      handler: (call) => readFileAt(treeOf(call), call.query.text('path'), (name, bytes) => attachment(call, name, bytes)),
    },
    {
      method: 'DELETE',
      path: `${base}/files`,
      async handler(call) {
        await removeAt(treeOf(call), call.query.text('path'))
        call.empty(204)
      },
    },
    {
      method: 'POST',
      path: `${base}/folder`,
      async handler(call) {
        await makeFolderAt(treeOf(call), call.query.text('path'))
        call.empty(201)
      },
    },
    {
      method: 'POST',
      path: `${base}/move`,
      async handler(call) {
        await moveAt(treeOf(call), call.query.text('path'), call.query.text('to'))
        call.empty(204)
      },
    },
  ]
}

/** A browser keeps it as a file and never shows it as a page: what is in a container is nobody's word but its own. @see RFC 6266 */
function attachment({ response }: ApiCall, name: string, bytes: number): Writable {
  response.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
  return response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes, 'X-Content-Type-Options': 'nosniff' })
}
