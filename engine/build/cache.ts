import { addPartOf, layersOf } from '../images/commit.ts'
import type { Hold } from '../images/holds.ts'
import type { Image, ImageConfig } from '../images/image.ts'
import type { Images } from '../images/images.ts'
import type { CacheSource } from './cache-source.ts'

/**
 * What earlier builds made. The images are the cache: each says in its history what made it, and `createdBy` holds
 * everything that decides the result (arguments, digests of files).
 */
export class BuildCache {
  readonly #images: Images
  readonly #sources: readonly Image[] | undefined
  readonly #elsewhere: readonly CacheSource[]
  readonly #hold: Hold

  /**
   * @param sources of `--cache-from`: nothing else counts then. Pulled ones have no parents here; their history does.
   * @param elsewhere what counts beside that which is here
   * @param hold of the build, which keeps what is found for it
   */
  constructor(images: Images, { sources, elsewhere, hold }: { sources: readonly Image[] | undefined; elsewhere: readonly CacheSource[]; hold: Hold }) {
    this.#images = images
    this.#sources = sources
    this.#elsewhere = elsewhere
    this.#hold = hold
    for (const { id } of sources ?? []) hold.keep(id)
  }

  /** The newest image that the same step made from the same parent. @param config which it has then */
  async find(parent: Image | undefined, createdBy: string, config: ImageConfig): Promise<Image | undefined> {
    const local = this.#made(parent, createdBy)
    if (!this.#sources) return this.#kept(local[0]) ?? this.#fetched(parent, createdBy, config)
    const known = local.find((image) => this.#sources?.some((source) => this.#isOrComesFrom(source, image)))
    if (known) return this.#kept(known)
    const source = this.#sources.find((image) => goesOnWith(image, parent, createdBy))
    if (!source) return undefined
    const steps = (parent?.history.length ?? 0) + 1
    return steps === source.history.length ? source : addPartOf(this.#images, { source, steps, parent, config, hold: this.#hold })
  }

  /** Of the first that has the step, and gives it. */
  async #fetched(parent: Image | undefined, createdBy: string, config: ImageConfig): Promise<Image | undefined> {
    const steps = (parent?.history.length ?? 0) + 1
    for (const { image: source, fetch } of this.#elsewhere) {
      if (!goesOnWith(source, parent, createdBy)) continue
      if (await fetch(layersOf(source.history.slice(0, steps)))) return addPartOf(this.#images, { source, steps, parent, config, hold: this.#hold })
    }
    return undefined
  }

  /** At once: a prune may come in before the caller has it. */
  #kept(image: Image | undefined): Image | undefined {
    if (image) this.#hold.keep(image.id)
    return image
  }

  /** Newest first. */
  #made(parent: Image | undefined, createdBy: string): Image[] {
    // A child may also be the same image of another date.
    const siblings = parent
      ? this.#images.childrenOf(parent.id).filter(({ history }) => history.length === parent.history.length + 1)
      : this.#images.all().filter((image) => image.parent === undefined && image.history.length === 1)
    return siblings.filter((image) => image.history.at(-1)?.created_by === createdBy).sort((a, b) => Date.parse(b.created ?? '') - Date.parse(a.created ?? ''))
  }

  #isOrComesFrom(image: Image, ancestor: Image): boolean {
    for (let one: Image | undefined = image; one; one = one.parent === undefined ? undefined : this.#images.find(one.parent)) {
      if (one.id === ancestor.id) return true
    }
    return false
  }
}

/** Whether the history of an image begins as the parent's does, and has this step next. */
function goesOnWith(image: Image, parent: Image | undefined, createdBy: string): boolean {
  const before = parent?.history ?? []
  const begins = before.every((entry, index) => JSON.stringify(entry) === JSON.stringify(image.history[index]))
  const layers = (parent?.diffIds ?? []).every((diffId, index) => diffId === image.diffIds[index])
  return begins && layers && image.history[before.length]?.created_by === createdBy
}
