import { settled } from '../../settled.ts'
import { Slots } from '../../slots.ts'
import type { Images } from '../images.ts'
import type { Part } from '../part.ts'
import type { Reference } from '../reference.ts'
import type { RegistryAuth } from './auth.ts'
import { RepositoryClient } from './client.ts'
import { registryOf } from './endpoint.ts'
import { holdersOf, neighbours } from './mount-sources.ts'
import { retrying } from './retry.ts'
import { putManifest, uploadBlob } from './upload.ts'

/** A manifest, and the blobs that it names, which are in the store. */
export interface PackedManifest {
  readonly manifest: string
  readonly descriptor: Part
  readonly blobs: readonly Part[]
}

export interface PackedPushOptions {
  /** Without a tag, the manifest is there by its digest alone. */
  readonly reference: Reference
  readonly auth: RegistryAuth | undefined
  /** Plain HTTP and any certificate will do. */
  readonly isInsecure: boolean
  readonly signal: AbortSignal
}

/**
 * Sends what was packed to a registry. Within {@link Images.storing}.
 * @throws EngineError of the registry's refusal
 * @see OCI distribution-spec v1.1, "Push"
 */
export async function pushPacked(images: Images, { manifest, descriptor, blobs }: PackedManifest, options: PackedPushOptions): Promise<void> {
  const { reference, auth, isInsecure, signal } = options
  const { domain, path, tag } = reference
  const registry = await registryOf(domain, images.registry)
  const endpoint = isInsecure ? { ...registry, isInsecure } : registry
  const mountFrom = neighbours(images, reference)
  await using client = new RepositoryClient({ endpoint, repository: path, auth, actions: 'pull,push', mountFrom, signal, ways: images.registry })
  await client.connect()
  const slots = new Slots(images.registry.maxConcurrentUploads)
  const send = (part: Part) => retrying({ signal }, () => uploadBlob(images, client, part, holdersOf(images, domain, mountFrom, part.digest), () => undefined))
  await settled(
    blobs.map((part) =>
      slots.run(
        () => send(part),
        () => undefined,
      ),
    ),
  )
  await retrying({ signal }, () => putManifest(client, tag ?? descriptor.digest, descriptor.mediaType, manifest))
}
