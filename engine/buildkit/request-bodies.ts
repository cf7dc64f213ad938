import { randomUUID } from 'node:crypto'
import type { BuildContext } from '../build/context.ts'

/** A context under an address, until it is disposed of. */
export interface NamedBody extends Disposable {
  readonly url: string
}

/** Contexts that came as the body of the request which asks for their build, under addresses that nobody else knows. */
export class RequestBodies {
  readonly #contexts = new Map<string, BuildContext>()

  add(context: BuildContext): NamedBody {
    const url = `http://request-body/${randomUUID()}`
    this.#contexts.set(url, context)
    return { url, [Symbol.dispose]: () => this.#contexts.delete(url) }
  }

  find(url: string): BuildContext | undefined {
    return this.#contexts.get(url)
  }
}
