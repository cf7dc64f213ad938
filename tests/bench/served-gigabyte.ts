import { createReadStream } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gigabyteImage, MANIFEST_TYPE, type Packing } from './gigabyte-image.ts'

/** A registry that has the image of a gigabyte, and nothing else. */
export class ServedGigabyte implements AsyncDisposable {
  readonly #folder: string
  readonly #server: Server

  private constructor(folder: string) {
    this.#folder = folder
    this.#server = createServer((request, response) => {
      const [kind, name = ''] = (request.url ?? '').split('/').slice(-2)
      if (name === '') return void response.end('{}')
      if (kind === 'manifests') response.setHeader('content-type', MANIFEST_TYPE)
      const file = kind === 'manifests' ? 'manifest.json' : name.replace('sha256:', '')
      // A client that leaves is its own business.
      pipeline(createReadStream(join(this.#folder, file), { highWaterMark: 256 * 1024 }), response).catch(() => undefined)
    })
  }

  static async start(packing: Packing): Promise<ServedGigabyte> {
    const { folder } = await gigabyteImage(packing)
    const served = new ServedGigabyte(folder)
    await new Promise<void>((resolve) => served.#server.listen(0, '127.0.0.1', resolve))
    return served
  }

  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}/gigabyte:latest`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
