import { EngineError } from '../errors.ts'
import { shortHexOf } from './digest.ts'
import type { Image } from './image.ts'
import type { Images } from './images.ts'
import { isDangling } from './prune-plan.ts'
import { familiarName, fullRepository, parseReference, type Reference, withDefaultTag } from './reference.ts'

export type RemovalStep = { readonly Untagged: string } | { readonly Deleted: string }

/**
 * Takes a name away, and with the last name the image.
 * @throws EngineError `not-found`, or `conflict` with docker's words when it is in use
 * @see Engine API 1.51 ImageDelete
 */
export async function removeImage(images: Images, text: string, options: { force: boolean; keepParents: boolean }): Promise<RemovalStep[]> {
  if (text.trim() === '') throw new EngineError('invalid', 'image name cannot be blank')
  const image = images.get(text)
  return images.isId(text, image) ? removeById(images, image, options) : removeByName(images, image, text, options)
}

async function removeByName(images: Images, image: Image, text: string, options: { force: boolean; keepParents: boolean }): Promise<RemovalStep[]> {
  const reference = withDefaultTag(parseReference(text))
  const names = images.namesOf(image.id)
  const tags = names.filter((name) => name.digest === undefined)
  const isLast = reference.digest !== undefined ? names.length === 1 : tags.length === 1
  const users = images.usersOf(image.id)
  const user = users[0]
  if (isLast && user && !options.force) {
    throw new EngineError(
      'conflict',
      `conflict: unable to remove repository reference "${text}" (must force) - container ${user.id.slice(0, 12)} is using its referenced image ${shortHexOf(image.id)}`,
    )
  }
  const steps = untag(images, image, reference)
  if (!isLast || !images.isUnneeded(image.id)) return steps
  return [...steps, ...(await remove(images, image, options.keepParents))]
}

async function removeById(images: Images, image: Image, options: { force: boolean; keepParents: boolean }): Promise<RemovalStep[]> {
  const conflict = (hardness: string, why: string) =>
    new EngineError('conflict', `conflict: unable to delete ${shortHexOf(image.id)} (${hardness} be forced) - ${why}`)
  if (images.childrenOf(image.id).length > 0) throw conflict('cannot', 'image has dependent child images')
  if (images.isKept(image.id)) throw conflict('cannot', 'image is being used by a running build, pull or load')
  const users = images.usersOf(image.id)
  const running = users.find((user) => user.isRunning)
  if (running) throw conflict('cannot', `image is being used by running container ${running.id.slice(0, 12)}`)
  const repositories = new Set(images.namesOf(image.id).map(fullRepository))
  if (!options.force && repositories.size > 1) throw conflict('must', 'image is referenced in multiple repositories')
  if (!options.force && users[0]) throw conflict('must', `image is being used by stopped container ${users[0].id.slice(0, 12)}`)
  if (users.length > 0) return untagAll(images, image)
  const steps = images.namesOf(image.id).map((name) => ({ Untagged: familiarName(name) }))
  return [...steps, ...(await remove(images, image, options.keepParents))]
}

/**
 * By force, from under containers that are stopped: the names go, and the image stays for as long as they need its
 * layers to start again. (Docker forgets the image at once, and keeps its layers.)
 */
function untagAll(images: Images, image: Image): RemovalStep[] {
  return images.namesOf(image.id).map((name) => {
    images.unname(name)
    return { Untagged: familiarName(name) }
  })
}

/** The last tag of a repository takes the repository's digest references along. */
function untag(images: Images, image: Image, reference: Reference): RemovalStep[] {
  images.unname(reference)
  const steps: RemovalStep[] = [{ Untagged: familiarName(reference) }]
  const rest = images.namesOf(image.id).filter((name) => fullRepository(name) === fullRepository(reference))
  if (rest.some((name) => name.digest === undefined)) return steps
  for (const name of rest) {
    images.unname(name)
    steps.push({ Untagged: familiarName(name) })
  }
  return steps
}

/** Removes the image and, unless they are to be kept, parents that nobody names or uses. */
async function remove(images: Images, image: Image, keepParents: boolean): Promise<RemovalStep[]> {
  const layers = await images.forget(image)
  const steps: RemovalStep[] = [{ Deleted: image.id }, ...layers.reverse().map((chainId) => ({ Deleted: chainId }))]
  const parent = image.parent === undefined || keepParents ? undefined : images.find(image.parent)
  if (!parent || images.namesOf(parent.id).length > 0 || !images.isUnneeded(parent.id)) return steps
  return [...steps, ...(await remove(images, parent, keepParents))]
}

/** Removes images that nobody uses; only untagged ones unless `isWanted` says otherwise. */
export async function pruneImages(
  images: Images,
  isWanted: (image: Image, dangles: boolean) => boolean,
): Promise<{ steps: RemovalStep[]; reclaimedBytes: number }> {
  const before = images.layersSize()
  const steps: RemovalStep[] = []
  for (const image of images.all()) {
    // Parents go with their last child.
    if (!images.find(image.id)) continue
    if (!isWanted(image, isDangling(images, image)) || !images.isUnneeded(image.id)) continue
    steps.push(...images.namesOf(image.id).map((name) => ({ Untagged: familiarName(name) })), ...(await remove(images, image, false)))
  }
  const reclaimedBytes = before - images.layersSize()
  images.events.publish('image', 'prune', '', { reclaimed: String(reclaimedBytes) })
  return { steps, reclaimedBytes }
}
