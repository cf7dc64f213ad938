import { type Digest, hexOf } from '../images/digest.ts'

/**
 * Where things lie in the storage: the folders of docker-registry, so that each of the two can take over what the other
 * has written. Ours alone are `_referrers`, which docker-registry passes over, and `garbage`.
 * @see docs/decisions/0012-registry-layout.md
 */
const ROOT = 'docker/registry/v2'

export const REPOSITORIES = `${ROOT}/repositories`
export const BLOBS = `${ROOT}/blobs/sha256`
/** Blobs that the garbage collection has set aside and not yet removed. */
export const GARBAGE = `${ROOT}/garbage`

export function blobData(digest: Digest): string {
  const hex = hexOf(digest)
  return `${BLOBS}/${hex.slice(0, 2)}/${hex}/data`
}

/** Where a blob lies meanwhile. */
export function setAside(digest: Digest): string {
  return `${GARBAGE}/${hexOf(digest)}`
}

/** There when a repository may give out a blob. */
export function layerLink(repository: string, digest: Digest): string {
  return `${layerLinks(repository)}/${hexOf(digest)}/link`
}

export function layerLinks(repository: string): string {
  return `${REPOSITORIES}/${repository}/_layers/sha256`
}

export function uploads(repository: string): string {
  return `${REPOSITORIES}/${repository}/_uploads`
}

export function uploadData(repository: string, id: string): string {
  return `${uploads(repository)}/${id}/data`
}

export function manifests(repository: string): string {
  return `${REPOSITORIES}/${repository}/_manifests`
}

export function revisions(repository: string): string {
  return `${manifests(repository)}/revisions/sha256`
}

/** There when a repository has a manifest. */
export function revisionLink(repository: string, digest: Digest): string {
  return `${revisions(repository)}/${hexOf(digest)}/link`
}

export function tags(repository: string): string {
  return `${manifests(repository)}/tags`
}

/** What a tag names now. */
export function tagLink(repository: string, tag: string): string {
  return `${tags(repository)}/${tag}/current/link`
}

/** What a tag has named; docker-registry wants it there. */
export function tagHistoryLink(repository: string, tag: string, digest: Digest): string {
  return `${tags(repository)}/${tag}/index/sha256/${hexOf(digest)}/link`
}

export function referrers(repository: string, subject: Digest): string {
  return `${REPOSITORIES}/${repository}/_referrers/sha256/${hexOf(subject)}/sha256`
}

export function referrerLink(repository: string, subject: Digest, digest: Digest): string {
  return `${referrers(repository, subject)}/${hexOf(digest)}/link`
}
