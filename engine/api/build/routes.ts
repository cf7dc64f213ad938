import { buildImage } from '../../build/build-image.ts'
import { fetchContext, receiveContext } from '../../build/context.ts'
import type { BuildParts } from '../../build/parts.ts'
import type { BuildOutput } from '../../build/request.ts'
import { StepFailure } from '../../build/step-failure.ts'
import { EngineError } from '../../errors.ts'
import type { OpenDoor } from '../buildkit/routes.ts'
import type { ApiCall } from '../call.ts'
import { ProgressStream } from '../images/progress.ts'
import type { Route } from '../router.ts'
import { buildRequest } from './build-query.ts'
import { BuildKitBuilds } from './buildkit-build.ts'
import { prune } from './prune.ts'

/** Builds whose clients gave them an id, to cancel them by. */
type NamedBuilds = Map<string, AbortController>

/** @see Engine API 1.51, "Image": ImageBuild, BuildPrune, BuildCancel */
export function buildRoutes(parts: BuildParts, door: OpenDoor): Route[] {
  const named: NamedBuilds = new Map()
  const byBuildKit = new BuildKitBuilds(parts, door)
  const build = (call: ApiCall) =>
    call.query.text('version') === '2'
      ? cancellable(named, call, (signal) => byBuildKit.build(call, signal))
      : cancellable(named, call, (signal) => classicBuild(parts, call, signal))
  return [
    { method: 'POST', path: '/build', uploads: true, handler: build },
    { method: 'POST', path: '/build/prune', handler: (call) => prune(parts, call) },
    { method: 'POST', path: '/build/cancel', handler: (call) => cancel(named, call) },
  ]
}

/** One that is not there, or no longer, is no error: docker says nothing either. */
function cancel(named: NamedBuilds, call: ApiCall): void {
  const id = call.query.text('id')
  if (id === '') throw new EngineError('invalid', 'build ID not provided')
  named.get(id)?.abort(new EngineError('system', 'Build cancelled'))
  call.empty(200)
}

/** Runs `work` until it ends, the client goes, or somebody cancels the build by its id. */
async function cancellable(named: NamedBuilds, call: ApiCall, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const id = call.query.text('buildid')
  const byId = new AbortController()
  if (id !== '') named.set(id, byId)
  try {
    await work(AbortSignal.any([call.signal, byId.signal]))
  } finally {
    if (named.get(id) === byId) named.delete(id)
  }
}

/** The context is read to its end before anything is answered: clients write it first and read then. */
async function classicBuild(parts: BuildParts, call: ApiCall, signal: AbortSignal): Promise<void> {
  const request = buildRequest(call)
  const progress = new ProgressStream(call)
  const isQuiet = call.query.flag('q')
  const remote = call.query.text('remote')
  const held: string[] = []
  await progress.run(async () => {
    await using context =
      remote === ''
        ? await receiveContext(parts.root, call.upload(), request.dockerfile)
        : await fetchContext(parts.root, remote, { dockerfile: request.dockerfile, keepsHistory: true, secrets: undefined }, signal)
    const output = isQuiet ? quietOutput(held) : streamOutput(progress, call)
    try {
      const image = await buildImage(parts, request, context, output, signal)
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
