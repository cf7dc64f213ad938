import { buildImage } from '../../build/build-image.ts'
import { receiveContext } from '../../build/context.ts'
import type { BuildParts } from '../../build/parts.ts'
import type { BuildOutput } from '../../build/request.ts'
import { StepFailure } from '../../build/step-failure.ts'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import { ProgressStream } from '../images/progress.ts'
import type { Route } from '../router.ts'
import { buildRequest } from './build-query.ts'

/** @see Engine API 1.51, "Image": ImageBuild, BuildPrune, BuildCancel */
export function buildRoutes(parts: BuildParts): Route[] {
  return [
    { method: 'POST', path: '/build', handler: (call) => build(parts, call) },
    { method: 'POST', path: '/build/prune', handler: (call) => prune(parts, call) },
    {
      method: 'POST',
      path: '/build/cancel',
      handler() {
        throw new EngineError('not-implemented', 'build cancel (POST /build/cancel) is not implemented by this engine: close the connection of the build')
      },
    },
  ]
}

/** Only caches that RUN mounts: what steps leave behind are images, and `image prune` takes those that nobody needs. */
async function prune({ caches }: BuildParts, call: ApiCall): Promise<void> {
  const { removed, bytes } = await caches.prune()
  call.json(200, { CachesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: bytes })
}

/** The context is read to its end before anything is answered: clients write it first and read then. */
async function build(parts: BuildParts, call: ApiCall): Promise<void> {
  const request = buildRequest(call)
  const progress = new ProgressStream(call)
  const isQuiet = call.query.flag('q')
  const held: string[] = []
  await progress.run(async () => {
    await using context = await receiveContext(parts.root, call.upload(), request.dockerfile)
    const output = isQuiet ? quietOutput(held) : streamOutput(progress, call)
    try {
      const image = await buildImage(parts, request, context, output, call.signal)
      if (isQuiet) progress.send({ stream: `${image.id}\n` })
    } catch (error) {
      for (const text of held) progress.send({ stream: text })
      if (!(error instanceof StepFailure)) throw error
      progress.send({ errorDetail: { code: error.exitCode, message: error.message }, error: error.message })
    }
  })
}

function streamOutput(progress: ProgressStream, call: ApiCall): BuildOutput {
  return {
    text: (text) => progress.send({ stream: text }),
    complaint: (text) => progress.send({ stream: `\u001b[91m${text}\u001b[0m` }),
    image(id) {
      if (call.version.atLeast('1.30')) progress.send({ aux: { ID: id } })
    },
    progress: (line) => progress.send(line),
  }
}

/** Only a failure shows what was said. */
function quietOutput(held: string[]): BuildOutput {
  return { text: (text) => held.push(text), complaint: (text) => held.push(text), image: () => undefined, progress: () => undefined }
}
