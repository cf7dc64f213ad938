import type { Image } from '../images/image.ts'
import { familiarName, parseReference, withDefaultTag } from '../images/reference.ts'

/** What a name in a Dockerfile means in the place of a stage or an image. @see docker build, "--build-context" */
export type NamedContext =
  | { readonly kind: 'image'; readonly reference: string }
  /** An image that is brought here when somebody wants it. */
  | { readonly kind: 'stored'; image(): Promise<Image> }
  /** A folder, the same. */
  | { readonly kind: 'folder'; root(): Promise<string> }

/** The contexts of a build, by the names that it was given for them: each goes before a stage or an image of that name. */
export class NamedContexts {
  readonly #contexts: ReadonlyMap<string, NamedContext>

  constructor(contexts: Iterable<readonly [name: string, context: NamedContext]>) {
    this.#contexts = new Map(Array.from(contexts, ([name, context]) => [normal(name), context]))
  }

  /** @param reference as FROM or `--from` has it */
  find(reference: string): NamedContext | undefined {
    return this.#contexts.size === 0 ? undefined : this.#contexts.get(normal(reference))
  }
}

export const NO_CONTEXTS = new NamedContexts([])

/** An image is the same with its tag and without; a stage is the same in any case of its letters. */
function normal(name: string): string {
  try {
    return familiarName(withDefaultTag(parseReference(name.toLowerCase())))
  } catch {
    return name.toLowerCase() // No reference; what does not name an image may name a context.
  }
}
