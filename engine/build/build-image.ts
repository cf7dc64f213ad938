import type { InstructionOf } from '../dockerfile/instruction.ts'
import { parseDockerfile } from '../dockerfile/parse.ts'
import { EngineError } from '../errors.ts'
import type { Image } from '../images/image.ts'
import { familiarName, parseReference, type Reference, withDefaultTag } from '../images/reference.ts'
import type { BuildContext } from './context.ts'
import type { BuildParts } from './parts.ts'
import type { BuildOutput, BuildRequest } from './request.ts'
import { type BuildRun, StageBuilder, shortId } from './stage-builder.ts'
import { findStage, planStages, type Stage } from './stages.ts'
import { GlobalArgs, StageVariables, unconsumed } from './variables.ts'

/**
 * Builds the image that a Dockerfile describes, and names it.
 * @throws EngineError `invalid` for mistakes in the Dockerfile, StepFailure for a command that failed
 * @see Engine API 1.51 ImageBuild
 */
export async function buildImage(parts: BuildParts, request: BuildRequest, context: BuildContext, output: BuildOutput, signal: AbortSignal): Promise<Image> {
  const references = request.tags.map((tag) => withDefaultTag(parseReference(tag)))
  const instructions = [...parseDockerfile(context.dockerfile, request.dockerfile), ...labelInstructions(request.labels)]
  const plan = planStages(instructions, request.target)
  const { images } = parts.containers
  return images.storing(async () => {
    const globals = new GlobalArgs(request.buildArgs)
    const consumed = new Set<string>()
    const results = new Map<Stage, Image | undefined>()
    let step = 0
    const announce = (source: string) => {
      step += 1
      output.text(`Step ${step}/${plan.stepCount} : ${source}\n`)
    }
    for (const argument of plan.globalArgs) {
      announce(argument.source)
      for (const [name] of argument.pairs) consumed.add(name)
      globals.declare(argument)
    }
    for (const stage of plan.stages) {
      announce(stage.from.source)
      const above = [...results.keys()]
      const run: BuildRun = {
        parts,
        request,
        context,
        output,
        signal,
        imageFor: (reference) => resultOrImage(parts, request, output, signal, results, above, reference),
      }
      const base = await baseImage(run, stage, globals)
      if (base) output.text(` ---> ${shortId(base)}\n`)
      else output.text(' ---> \n')
      const builder = new StageBuilder(run, base, new StageVariables(request.buildArgs, globals, consumed))
      await builder.runTriggers()
      for (const instruction of stage.steps) {
        announce(instruction.source)
        await builder.step(instruction)
      }
      results.set(stage, builder.image)
      if (builder.image) output.image(builder.image.id)
    }
    const image = [...results.values()].at(-1)
    if (!image) throw new EngineError('invalid', 'No image was generated. Is your Dockerfile empty?')
    finish(parts, request, output, image, references, consumed)
    return image
  })
}

function finish(
  { containers }: BuildParts,
  request: BuildRequest,
  output: BuildOutput,
  image: Image,
  references: readonly Reference[],
  consumed: ReadonlySet<string>,
): void {
  const unused = unconsumed(request.buildArgs, consumed)
  if (unused.length > 0) output.text(`[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n`)
  output.text(`Successfully built ${shortId(image)}\n`)
  for (const reference of references) {
    containers.images.name(image, reference)
    output.text(`Successfully tagged ${familiarName(reference)}\n`)
  }
}

/** `--label` is a last instruction. */
function labelInstructions(labels: Readonly<Record<string, string>>): InstructionOf<'LABEL'>[] {
  const pairs = Object.entries(labels).sort(([a], [b]) => a.localeCompare(b))
  if (pairs.length === 0) return []
  const quoted = pairs.map(([name, value]) => [literal(name), literal(value)] as const)
  return [{ name: 'LABEL', line: 0, source: `LABEL ${pairs.map(([name, value]) => `${name}=${value}`).join(' ')}`, pairs: quoted }]
}

/** For a shell-like reader: nothing in it is special. */
function literal(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}

async function baseImage(run: BuildRun, { from }: Stage, globals: GlobalArgs): Promise<Image | undefined> {
  const name = globals.expand(from, from.image)
  if (name === '') throw new EngineError('invalid', `base name (${from.image}) should not be blank`)
  if (name === 'scratch') return undefined
  return run.imageFor(name)
}

/** A stage above wins over an image of that name. An image that is not here is pulled, as FROM and COPY --from want it. */
async function resultOrImage(
  { containers: { images } }: BuildParts,
  request: BuildRequest,
  output: BuildOutput,
  signal: AbortSignal,
  results: ReadonlyMap<Stage, Image | undefined>,
  above: readonly Stage[],
  reference: string,
): Promise<Image> {
  const stage = findStage(above, reference)
  const result = stage && results.get(stage)
  if (result) return result
  const existing = images.find(reference)
  if (existing && !request.pulls) return existing
  const name = withDefaultTag(parseReference(reference))
  const progress = {
    send: (line: Readonly<Record<string, unknown>>) => output.progress(line),
    step: (id: string, status: string, detail?: object) => output.progress({ status, progressDetail: detail ?? {}, id }),
  }
  const { pullImage } = await import('../images/registry/pull.ts')
  await pullImage(images, { name: familiarName(name), tag: '', platform: '', auth: request.authFor(name.domain), signal }, progress)
  return images.get(reference)
}
