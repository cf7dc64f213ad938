import type { ImageRepository } from '../state/images.ts'
import type { ImageId } from './image.ts'
import { familiarName, fullRepository, parseReference, type Reference } from './reference.ts'

/** What images are called: tags, and the digest references that registries gave. One name belongs to one image. */
export class ImageNames {
  readonly #repository: ImageRepository
  /** By full name: `docker.io/library/busybox:latest`, `…@sha256:…`. */
  readonly #names = new Map<string, { reference: Reference; imageId: ImageId }>()

  constructor(repository: ImageRepository) {
    this.#repository = repository
  }

  load(): void {
    for (const { name, imageId } of this.#repository.names()) {
      this.#names.set(name, { reference: parseReference(name), imageId: imageId as ImageId })
    }
  }

  find(reference: Reference): ImageId | undefined {
    return this.#names.get(keyOf(reference))?.imageId
  }

  /** Durable before it is visible. */
  put(reference: Reference, imageId: ImageId, at: string): void {
    const key = keyOf(reference)
    this.#repository.putName(key, imageId, at)
    this.#names.set(key, { reference: parseReference(key), imageId })
  }

  /** @returns the image that had the name */
  remove(reference: Reference): ImageId | undefined {
    const key = keyOf(reference)
    const imageId = this.#names.get(key)?.imageId
    if (imageId === undefined) return undefined
    this.#repository.deleteName(key)
    this.#names.delete(key)
    return imageId
  }

  /** All names of an image. */
  of(id: ImageId): Reference[] {
    return [...this.#names.values()].filter(({ imageId }) => imageId === id).map(({ reference }) => reference)
  }

  /** The tags of a repository, by its full name, in order. */
  tagsOf(repository: string): string[] {
    return [...this.#names.values()]
      .flatMap(({ reference }) => (fullRepository(reference) === repository && reference.tag !== undefined ? [reference.tag] : []))
      .sort()
  }

  /** In the familiar form, as lists and inspect show them. */
  familiarOf(id: ImageId): { repoTags: string[]; repoDigests: string[] } {
    const references = this.of(id)
    const familiar = (some: readonly Reference[]) => some.map(familiarName).sort()
    return {
      repoTags: familiar(references.filter(({ digest }) => digest === undefined)),
      repoDigests: familiar(references.filter(({ digest }) => digest !== undefined)),
    }
  }
}

/** A digest says more than a tag: `name:tag@digest` is the same as `name@digest`. */
function keyOf(reference: Reference): string {
  const { tag, digest } = reference
  return digest === undefined ? `${fullRepository(reference)}:${tag}` : `${fullRepository(reference)}@${digest}`
}
