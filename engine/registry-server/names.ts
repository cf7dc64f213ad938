import { type Digest, isDigest } from '../images/digest.ts'
import { isRepositoryPath, isTag } from '../images/reference.ts'
import { RegistryError } from './errors.ts'

/** What follows `/manifests/`: one or the other. */
export type ManifestReference = { readonly tag: string; readonly digest?: undefined } | { readonly digest: Digest; readonly tag?: undefined }

/** @throws RegistryError `NAME_INVALID` */
export function parseRepository(text: string): string {
  if (!isRepositoryPath(text)) throw new RegistryError('NAME_INVALID', { detail: { name: text } })
  return text
}

/** @throws RegistryError `DIGEST_INVALID`, also for an algorithm other than sha256 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new RegistryError('DIGEST_INVALID', { message: 'the digest is not sha256: and 64 hex digits', detail: { digest: text } })
  return text
}

/** @throws RegistryError when it is neither a tag nor a digest */
export function parseManifestReference(text: string): ManifestReference {
  if (text.includes(':')) return { digest: parseDigest(text) }
  if (!isTag(text)) throw new RegistryError('TAG_INVALID', { message: 'invalid tag', detail: { tag: text } })
  return { tag: text }
}
