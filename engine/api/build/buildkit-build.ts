import { receiveContext } from '../../build/context.ts'
import type { BuildParts } from '../../build/parts.ts'
import type { OpenDoor } from '../buildkit/routes.ts'
import type { ApiCall } from '../call.ts'
import { ProgressStream } from '../images/progress.ts'
import { buildKitQuery } from './solve-query.ts'
import { Uploads } from './uploads.ts'

const UPLOAD = 'upload-request'

/** What a client sends of its folder comes over its session. */
const SESSION = 'client-session'

/**
 * Builds that are asked for by a plain request, and go BuildKit's way: the docker client's before buildx, and SDKs'. What
 * goes on is told in BuildKit's own messages, as base64 in lines of JSON.
 * @see Engine API 1.51 ImageBuild, `version=2`
 */
export class BuildKitBuilds {
  readonly #parts: BuildParts
  readonly #open: OpenDoor
  readonly #uploads = new Uploads()

  constructor(parts: BuildParts, open: OpenDoor) {
    this.#parts = parts
    this.#open = open
  }

  /** @param signal of the client, and of who cancels it by its id */
  async build(call: ApiCall, signal: AbortSignal): Promise<void> {
    const { query } = call
    const id = query.text('buildid')
    if (id.startsWith(`${UPLOAD}:`)) return this.#upload(call, id.slice(UPLOAD.length + 1))
    const { request, makesImage } = buildKitQuery(call)
    const progress = new ProgressStream(call)
    const lines = query.flag('q') ? new HeldLines(progress) : progress
    await progress.run(async () => {
      try {
        const { solve, bodies } = await this.#open()
        await using context = await this.#body(call, id, signal)
        using body = context && bodies.add(context)
        const frontendAttrs = { ...request.frontendAttrs, ...contextOf(body?.url ?? query.text('remote')) }
        const trace = (status: Uint8Array) => lines.send({ id: 'moby.buildkit.trace', aux: Buffer.from(status).toString('base64') })
        const { 'containerimage.digest': image } = await solve({ ...request, frontendAttrs }, trace, signal)
        if (image === undefined || !makesImage) return
        lines.send({ id: 'moby.image.id', aux: { ID: image } })
        if (lines instanceof HeldLines) progress.send({ stream: `${image}\n` })
      } catch (error) {
        if (lines instanceof HeldLines) lines.show()
        throw error
      }
    })
  }

  /** The context that this request or one beside it carries, read to its end before anything is answered. */
  async #body(call: ApiCall, id: string, signal: AbortSignal): Promise<Awaited<ReturnType<typeof receiveContext>> | undefined> {
    const remote = call.query.text('remote')
    const filename = call.query.text('dockerfile') || 'Dockerfile'
    if (remote === '') return receiveContext(this.#parts.root, call.upload(), filename)
    if (remote === UPLOAD) return receiveContext(this.#parts.root, await this.#uploads.take(id, signal), filename)
    return undefined
  }

  async #upload(call: ApiCall, id: string): Promise<void> {
    await this.#uploads.offer(id, call.upload(), call.signal)
    call.stream('application/json').end()
  }
}

function contextOf(remote: string): { context?: string } {
  return remote === SESSION ? {} : { context: remote }
}

/** Only a failure shows what was said. */
class HeldLines {
  readonly #progress: ProgressStream
  readonly #held: Readonly<Record<string, unknown>>[] = []

  constructor(progress: ProgressStream) {
    this.#progress = progress
  }

  send(line: Readonly<Record<string, unknown>>): void {
    this.#held.push(line)
  }

  show(): void {
    for (const line of this.#held) this.#progress.send(line)
  }
}
