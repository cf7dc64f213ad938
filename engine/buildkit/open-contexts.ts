import { type NamedContext, NamedContexts } from '../build/named-contexts.ts'
import { EngineError, messageOf } from '../errors.ts'
import type { Image } from '../images/image.ts'
import { ClientFolders } from './client-folders.ts'
import type { BuildKitParts } from './parts.ts'
import { fetchRemote, type RemoteContext } from './remote-folders.ts'
import type { Solving } from './solve-dockerfile.ts'
import { fetchStored, type StoredImage } from './stored-image.ts'
import { VertexRun } from './vertex-outputs.ts'
import type { WantedContext } from './wanted-context.ts'

/** What stands for names in the Dockerfile of a build: each is brought here once, when a step first wants it, and let go of with the build. */
export class OpenContexts implements AsyncDisposable {
  readonly contexts: NamedContexts
  readonly #parts: BuildKitParts
  readonly #solving: Solving
  readonly #scratch: string
  readonly #folders: ClientFolders
  readonly #fetched = new Map<string, Promise<string>>()
  readonly #stored = new Map<string, Promise<Image>>()

  constructor(parts: BuildKitParts, solving: Solving, scratch: string, wanted: Readonly<Record<string, WantedContext>>) {
    this.#parts = parts
    this.#solving = solving
    this.#scratch = scratch
    this.#folders = new ClientFolders(parts, solving, scratch)
    this.contexts = new NamedContexts(Object.entries(wanted).map(([name, one]) => [name, this.#open(name, one)]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([...this.#fetched.values(), ...this.#stored.values()])
    await this.#folders[Symbol.asyncDispose]()
  }

  #open(name: string, wanted: WantedContext): NamedContext {
    switch (wanted.kind) {
      case 'image':
        return wanted
      case 'folder':
        return { kind: 'folder', root: () => this.#folders.root(name, wanted.folder) }
      case 'layout':
        return { kind: 'stored', image: () => once(this.#stored, name, () => this.#fetchStored(name, wanted)) }
      case 'linked':
        return { kind: 'stored', image: async () => this.#linked(name, wanted.imageId) }
      default:
        return { kind: 'folder', root: () => once(this.#fetched, name, () => this.#fetchRemote(name, wanted)) }
    }
  }

  /** The build that has made it goes on until this one needs it no more; from then on, it is ours to keep. */
  #linked(name: string, imageId: string): Image {
    const image = this.#parts.builder.containers.images.find(imageId)
    if (!image) throw new EngineError('not-found', `the image ${imageId} of the named context ${name} is gone`)
    this.#solving.hold.keep(image.id)
    return image
  }

  #fetchRemote(name: string, wanted: RemoteContext): Promise<string> {
    return fetchRemote(name, wanted, this.#scratch, this.#solving)
  }

  async #fetchStored(name: string, wanted: StoredImage): Promise<Image> {
    const vertex = new VertexRun(this.#solving.status, `[context ${name}] OCI load from client`)
    try {
      const image = await fetchStored(this.#parts.builder.containers.images, wanted, this.#solving)
      vertex.end()
      return image
    } catch (error) {
      vertex.end(messageOf(error))
      throw error
    }
  }
}

function once<T>(known: Map<string, Promise<T>>, name: string, fetch: () => Promise<T>): Promise<T> {
  const found = known.get(name) ?? fetch()
  known.set(name, found)
  return found
}
