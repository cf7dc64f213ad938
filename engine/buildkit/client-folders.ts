import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { loadIgnoreFile } from './definition.ts'
import { ignoreList } from './ignore-file.ts'
import type { BuildKitParts } from './parts.ts'
import type { Solving } from './solve-dockerfile.ts'
import { Transfer } from './transfer.ts'

/** Folders of the client's beside its context, each brought here when a step first wants it, and kept as it is until all are let go of. */
export class ClientFolders implements AsyncDisposable {
  readonly #parts: BuildKitParts
  readonly #solving: Solving
  readonly #scratch: string
  readonly #roots = new Map<string, Promise<string>>()
  readonly #held: Promise<void>[] = []
  readonly #end = Promise.withResolvers<void>()

  constructor(parts: BuildKitParts, solving: Solving, scratch: string) {
    this.#parts = parts
    this.#solving = solving
    this.#scratch = scratch
  }

  /** @param name as the Dockerfile has it @param folder as the client calls it @returns where it is now */
  root(name: string, folder: string): Promise<string> {
    const root = this.#roots.get(name) ?? this.#fetch(name, folder)
    this.#roots.set(name, root)
    return root
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.resolve()
    await Promise.allSettled(this.#held)
  }

  #fetch(name: string, folder: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const held = this.#hold(name, folder, async (root) => {
      resolve(root)
      await this.#end.promise
    })
    this.#held.push(held)
    held.catch(reject)
    return promise
  }

  async #hold(name: string, folder: string, use: (root: string) => Promise<void>): Promise<void> {
    const { session, status, signal } = this.#solving
    const scratch = await mkdtemp(join(this.#scratch, 'named-'))
    const excludes = ignoreList(await loadIgnoreFile(session, { folder, title: `[context ${name}]` }, { scratch, status, signal }))
    const transfer = new Transfer(status, `[context ${name}] load from client`, `transferring ${name}:`)
    try {
      const where = { scratch, signal, onBytes: (total: number) => transfer.bytes(total) }
      await this.#parts.contexts.with(session, { name: folder, excludes }, where, ({ root }) => {
        transfer.end()
        return use(root)
      })
    } catch (error) {
      transfer.fail(error)
      throw error
    }
  }
}
