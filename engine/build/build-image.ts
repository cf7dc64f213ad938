import type { Instruction } from '../dockerfile/instruction.ts'
import { parseDockerfile } from '../dockerfile/parse.ts'
import { parseError } from '../dockerfile/parse-error.ts'
import { EngineError, messageOf } from '../errors.ts'
import { healthcheck } from '../images/changes.ts'
import { shortHexOf } from '../images/digest.ts'
import type { Image } from '../images/image.ts'
import { familiarName, parseReference, type Reference, withDefaultTag } from '../images/reference.ts'
import { BuildCache } from './cache.ts'
import type { BuildContext } from './context.ts'
import { OrderedOutput } from './ordered-output.ts'
import type { BuildParts } from './parts.ts'
import type { BuildOutput, BuildRequest, StageOutputs } from './request.ts'
import { type BuildWork, StageRuns } from './stage-runs.ts'
import { planStages } from './stages.ts'
import { unconsumed } from './variables.ts'

/**
 * Builds the image that a Dockerfile describes, and names it.
 * @throws EngineError `invalid` for mistakes in the Dockerfile, StepFailure for a command that failed
 * @see Engine API 1.51 ImageBuild
 */
export async function buildImage(parts: BuildParts, request: BuildRequest, context: BuildContext, output: BuildOutput, signal: AbortSignal): Promise<Image> {
  const references = request.tags.map((tag) => withDefaultTag(parseReference(tag)))
  const { instructions, warnings } = parseDockerfile(context.dockerfile, request.dockerfile)
  checkHealthchecks(instructions)
  const plan = planStages(instructions, request, labelInstructions(request.labels))
  for (const warning of warnings) output.complaint(`[WARNING]: ${warning}\n`)
  if (warnings.length > 0) output.complaint('[WARNING]: Empty continuation lines will become errors in a future release.\n')
  const { images } = parts.containers
  return images.storing(async (hold) => {
    for (const [index, argument] of plan.globalArgs.entries()) output.text(`Step ${index + 1}/${plan.stepCount} : ${argument.source}\n`)
    const image = await buildPlan({ parts, request, context, plan, hold }, new OrderedOutput(output, plan.stages.length), signal)
    finish(parts, request, output, image, references, plan.argNames)
    return image
  })
}

/** Builds what was planned. @throws EngineError; StepFailure for a command that failed */
export async function buildPlan(work: Omit<BuildWork, 'cache'>, outputs: StageOutputs, signal: AbortSignal): Promise<Image> {
  const { parts, request, hold } = work
  const { images } = parts.containers
  const sources = request.cacheFrom?.flatMap((name) => images.find(name) ?? [])
  const image = await new StageRuns({ ...work, cache: new BuildCache(images, { sources, elsewhere: request.cachesElsewhere, hold }) }, outputs, signal).run()
  if (!image) throw new EngineError('invalid', 'No image was generated. Is your Dockerfile empty?')
  return image
}

/** docker reads these with the file, before anything is built. */
export function checkHealthchecks(instructions: readonly Instruction[]): void {
  for (const instruction of instructions) {
    if (instruction.name !== 'HEALTHCHECK') continue
    try {
      healthcheck(instruction)
    } catch (error) {
      throw parseError(instruction.line, messageOf(error))
    }
  }
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
  output.text(`Successfully built ${shortHexOf(image.id)}\n`)
  for (const reference of references) {
    containers.images.name(image, reference)
    output.text(`Successfully tagged ${familiarName(reference)}\n`)
  }
}

/** Each `--label` is an instruction of its own. */
export function labelInstructions(labels: Readonly<Record<string, string>>): Instruction[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({
      name: 'LABEL',
      line: 0,
      lastLine: 0,
      escaping: '\\',
      source: `LABEL ${name}=${value}`,
      pairs: [[literal(name), literal(value)]],
    }))
}

/** For a shell-like reader: nothing in it is special. */
function literal(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}
