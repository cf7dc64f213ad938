import type { Registry } from '../registry.ts'
import { getBlob, removeBlob } from './blobs.ts'
import type { RegistryCall } from './call.ts'
import { listReferrers, listRepositories, listTags } from './lists.ts'
import { getManifest, putManifest, removeManifest } from './manifests.ts'
import { appendToUpload, beginUpload, cancelUpload, finishUpload, showUpload } from './uploads.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Handler = (registry: Registry, call: RegistryCall) => void | Promise<void>

/** What a path is about, and what may be done with it. */
export interface Route {
  /** In metrics; docker-registry's where it has one. */
  readonly name: string
  /** Its groups are `name`, the repository, and `target`. */
  readonly path: RegExp
  readonly handlers: Readonly<Partial<Record<Method, Handler>>>
  /** It tells of all repositories. */
  readonly isCatalog?: boolean
}

function hello(_: Registry, call: RegistryCall): void {
  call.json({})
}

/**
 * Names of repositories may have slashes and words like `blobs` in them: a path is read from its end.
 * @see OCI distribution-spec v1.1, "Endpoints"; `_catalog` is docker-registry's
 */
export const ROUTES: readonly Route[] = [
  { name: 'base', path: /^\/v2\/?$/, handlers: { GET: hello, HEAD: hello } },
  { name: 'catalog', path: /^\/v2\/_catalog$/, handlers: { GET: listRepositories }, isCatalog: true },
  { name: 'tags', path: /^\/v2\/(?<name>.+)\/tags\/list$/, handlers: { GET: listTags } },
  { name: 'referrers', path: /^\/v2\/(?<name>.+)\/referrers\/(?<target>[^/]+)$/, handlers: { GET: listReferrers } },
  {
    name: 'manifest',
    path: /^\/v2\/(?<name>.+)\/manifests\/(?<target>[^/]+)$/,
    handlers: { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: removeManifest },
  },
  { name: 'blob_upload', path: /^\/v2\/(?<name>.+)\/blobs\/uploads\/?$/, handlers: { POST: beginUpload } },
  {
    name: 'blob_upload_chunk',
    path: /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<target>[^/]+)$/,
    handlers: { GET: showUpload, HEAD: showUpload, PATCH: appendToUpload, PUT: finishUpload, DELETE: cancelUpload },
  },
  { name: 'blob', path: /^\/v2\/(?<name>.+)\/blobs\/(?<target>[^/]+)$/, handlers: { GET: getBlob, HEAD: getBlob, DELETE: removeBlob } },
]
