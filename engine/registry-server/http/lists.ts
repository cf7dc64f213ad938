import { OCI_INDEX } from '../manifest.ts'
import { parseDigest } from '../names.ts'
import { type Page, pageOf, parseLimit } from '../pages.ts'
import type { Registry } from '../registry.ts'
import type { RegistryCall } from './call.ts'

/** How many repositories `_catalog` gives to a client that does not say; as docker-registry. */
const CATALOG_LIMIT = 100

/** @see OCI distribution-spec v1.1, end-8a, end-8b */
export async function listTags({ tags }: Registry, call: RegistryCall): Promise<void> {
  const limit = parseLimit(call.query.get('n')) ?? Number.POSITIVE_INFINITY
  const page = pageOf(await tags.all(call.repository), limit, call.query.get('last') ?? undefined)
  call.json({ name: call.repository, tags: page.names }, linkHeader(`/v2/${call.repository}/tags/list`, page, limit))
}

/** @see docker-registry HTTP API V2, "Listing Repositories" */
export async function listRepositories({ catalog }: Registry, call: RegistryCall): Promise<void> {
  const limit = parseLimit(call.query.get('n')) ?? CATALOG_LIMIT
  const page = pageOf(await catalog.repositories(), limit, call.query.get('last') ?? undefined)
  call.json({ repositories: page.names }, linkHeader('/v2/_catalog', page, limit))
}

/** @see RFC 8288; OCI distribution-spec v1.1, "Listing Tags" */
function linkHeader(path: string, { next }: Page, limit: number): Record<string, string> {
  return next === undefined ? {} : { Link: `<${path}?${new URLSearchParams({ n: String(limit), last: next })}>; rel="next"` }
}

/** @see OCI distribution-spec v1.1, end-12a, end-12b */
export async function listReferrers({ referrers }: Registry, call: RegistryCall): Promise<void> {
  const artifactType = call.query.get('artifactType') ?? undefined
  const found = await referrers.of(call.repository, parseDigest(call.target), artifactType)
  const manifests = found.map(({ mediaType, digest, sizeBytes, artifactType: type, annotations }) => ({
    mediaType,
    digest,
    size: sizeBytes,
    artifactType: type,
    annotations,
  }))
  const filters = artifactType === undefined ? undefined : { 'OCI-Filters-Applied': 'artifactType' }
  call.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, { 'Content-Type': OCI_INDEX, ...filters })
}
