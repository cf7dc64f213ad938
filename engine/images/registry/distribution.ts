import { EngineError } from '../../errors.ts'
import { type Digest, digestOf, parseDigest } from '../digest.ts'
import { parseImage } from '../image.ts'
import type { RegistrySettings } from '../images.ts'
import { type Reference, withDefaultTag } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'
import { RepositoryClient } from './client.ts'
import { registryOf } from './endpoint.ts'
import { fetchManifest, type Platform, readManifest } from './manifest.ts'

export interface DistributionOptions {
  readonly auth: RegistryAuth | undefined
  readonly signal: AbortSignal
}

/** What a registry has under a name. */
export interface Distribution {
  readonly descriptor: { readonly mediaType: string; readonly digest: Digest; readonly size: number }
  readonly platforms: readonly Platform[]
}

/**
 * Asks a registry about an image without pulling it.
 * @throws EngineError of the kind of the registry's refusal
 * @see Engine API 1.51 DistributionInspect
 */
export async function inspectDistribution(reference: Reference, settings: RegistrySettings, { auth, signal }: DistributionOptions): Promise<Distribution> {
  const { digest, tag } = withDefaultTag(reference)
  const endpoint = await registryOf(reference.domain, settings)
  await using client = new RepositoryClient({ endpoint, repository: reference.path, auth, actions: 'pull', signal, ways: settings })
  await client.connect()
  const fetched = await fetchManifest(client, digest ?? tag ?? 'latest')
  const { manifest, entries } = readManifest(fetched)
  return {
    descriptor: { mediaType: fetched.mediaType, digest: fetched.digest, size: Buffer.byteLength(fetched.text) },
    platforms: manifest ? [await platformOf(client, manifest.config.digest)] : (entries ?? []).flatMap(({ platform }) => platform ?? []),
  }
}

/** A manifest for one platform says which only in the image's configuration. */
async function platformOf(client: RepositoryClient, configDigest: string): Promise<Platform> {
  const { text } = await client.text(`blobs/${parseDigest(configDigest)}`, 'config')
  if (digestOf(text) !== configDigest) throw new EngineError('system', `image config verification failed for digest ${configDigest}`)
  const { architecture, os, variant } = parseImage(digestOf(text), text)
  return { architecture, os, ...(variant && { variant }) }
}
