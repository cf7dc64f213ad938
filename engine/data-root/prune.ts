import { removeContainer } from '../containers/remove.ts'
import { isRunning } from '../containers/state.ts'
import { messageOf } from '../errors.ts'
import { planImages } from '../images/prune-plan.ts'
import type { DataRootParts } from './parts.ts'
import { type PruneOptions, planPrune } from './prune-plan.ts'

/** What a person has seen in a plan and agreed to. */
export interface PruneConsent {
  readonly containers: readonly string[]
  readonly images: readonly string[]
  readonly volumes: readonly string[]
  readonly buildCaches: readonly string[]
}

export interface PruneResult extends PruneConsent {
  readonly reclaimedBytes: number
}

/** Removes of what can go now that which was agreed to: nothing that nobody has seen, and nothing that is in use since. */
export async function pruneData(parts: DataRootParts, options: PruneOptions, consent: PruneConsent): Promise<PruneResult> {
  const { store, images, volumes, events, log } = parts.containers
  const plan = await planPrune(parts, options)
  const removedContainers: string[] = []
  let reclaimedBytes = 0
  for (const { id, bytes } of plan.containers) {
    const container = store.find(id)
    if (!consent.containers.includes(id) || !container || isRunning(container.state)) continue
    try {
      await removeContainer(parts.containers, container)
      removedContainers.push(id)
      reclaimedBytes += bytes
    } catch (error) {
      log.warn('prune left a container', { container: id, error: messageOf(error) })
    }
  }
  const isAgreed = new Set(consent.images)
  const going = await planImages(
    images,
    ({ id }) => isAgreed.has(id) && plan.images.some((one) => one.id === id),
    () => false,
  )
  const removedImages: string[] = []
  for (const image of going.images) {
    if (!images.isUnneeded(image.id)) continue
    await images.forget(image)
    removedImages.push(image.id)
  }
  reclaimedBytes += going.layerBytes + going.blobBytes
  const unused = plan.volumes.map(({ name }) => name).filter((name) => consent.volumes.includes(name))
  const prunedVolumes = await volumes.prune(({ name }) => unused.includes(name))
  const prunedCaches = await parts.caches.prune((name) => consent.buildCaches.includes(name))
  reclaimedBytes += prunedVolumes.reclaimedBytes + prunedCaches.bytes
  events.publish('container', 'prune', '', { reclaimed: String(reclaimedBytes) })
  return { containers: removedContainers, images: removedImages, volumes: prunedVolumes.removed, buildCaches: prunedCaches.removed, reclaimedBytes }
}
