import type { Writable } from 'node:stream'
import { removeTree } from '../linux/remove-tree.ts'
import type { Extracted } from './extract.ts'

/**
 * A layer that is extracted as it arrives, into a folder that is nobody's yet: {@link LayerStore.adopt} may take it, and
 * what is left of it goes with this.
 */
export class ArrivingLayer implements AsyncDisposable {
  readonly folder: string
  /** Takes the layer's tar, compressed or not. Destroyed when it cannot be extracted. */
  readonly input: Writable
  /** Once all of it was taken. */
  readonly extracted: Promise<Extracted>
  #isClaimed = false

  constructor(folder: string, { input, extracted }: { readonly input: Writable; readonly extracted: Promise<Extracted> }) {
    this.folder = folder
    this.input = input
    this.extracted = extracted
    // Its maker looks at the failure of what it was made of first.
    input.on('error', () => undefined)
    extracted.catch(() => undefined)
  }

  /** @returns false when the folder is somebody's already */
  claim(): boolean {
    const isFree = !this.#isClaimed
    this.#isClaimed = true
    return isFree
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.input.destroy()
    await Promise.allSettled([this.extracted])
    await removeTree(this.folder)
  }
}
