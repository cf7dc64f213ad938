import { PassThrough, type Writable } from 'node:stream'
import { removeTree } from '../linux/remove-tree.ts'
import { type Extracted, extractLayer, extractPlain } from './extract.ts'

/** So much of the tar waits to be unpacked. */
const WAITING_BYTES = 256 * 1024

/**
 * A layer that is extracted as it arrives, into a folder that is nobody's yet: {@link LayerStore.take} may take it, and
 * what is left of it goes with this. Its bytes pass through this thread anyway: to hand each of them to another one costs
 * more, in time and memory, than what is done with it here.
 */
export class ArrivingLayer implements AsyncDisposable {
  readonly folder: string
  /** Takes the layer's tar. Destroyed when it cannot be extracted. */
  readonly input: Writable
  /** Once all of it was taken. */
  readonly extracted: Promise<Pick<Extracted, 'sizeBytes'> & Partial<Extracted>>
  #isClaimed = false

  /**
   * @param folder exists and is empty
   * @param isPlain the tar comes as it is, so that its blob has the digest of the diffID; otherwise it may be compressed, and its diffID is measured
   */
  constructor(folder: string, isPlain: boolean) {
    const input = new PassThrough({ highWaterMark: WAITING_BYTES })
    this.folder = folder
    this.input = input
    const extracted = isPlain ? extractPlain(input, folder).then((sizeBytes) => ({ sizeBytes })) : extractLayer(input, folder)
    this.extracted = extracted.finally(() => input.destroy())
    // Its maker looks at the failure of what it was made of first.
    input.on('error', () => undefined)
    this.extracted.catch(() => undefined)
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
