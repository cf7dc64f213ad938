import { type BuildContext, inScratch } from '../build/context.ts'
import { planStages } from '../build/stages.ts'
import { parseDockerfile } from '../dockerfile/parse.ts'
import { EngineError } from '../errors.ts'
import { check } from './checks/check.ts'
import { checkDirective, counted } from './checks/directive.ts'
import { readOutline } from './checks/read-outline.ts'
import { type Answer, DESCRIBE, describeAnswer, LINT, lintAnswer, OUTLINE, outlineAnswer, TARGETS, targetsAnswer } from './checks/report.ts'
import { loadDefinition } from './definition.ts'
import { OpenContexts } from './open-contexts.ts'
import type { BuildKitParts } from './parts.ts'
import { remoteContext } from './remote-context.ts'
import type { Solving } from './solve-dockerfile.ts'
import { CHECK_ARGUMENT, type DockerfileRequest, dockerfileRequest, FRONTEND } from './solve-request.ts'
import { buildError } from './source-lines.ts'

/**
 * Answers what a client wants to know of a Dockerfile that is not to be built: `--check`, `--call`.
 * @param wanted name of the request
 * @throws EngineError `not-implemented` for what cannot be answered here; ConnectError with the line of a mistake
 */
export async function askDockerfile(parts: BuildKitParts, wanted: string, options: Readonly<Record<string, string>>, solving: Solving): Promise<Answer> {
  const request = dockerfileRequest(options)
  if (wanted === DESCRIBE) return describeAnswer()
  if (![LINT, TARGETS, OUTLINE].includes(wanted))
    throw new EngineError('not-implemented', `the request ${wanted} of ${FRONTEND} (--call) is not implemented by this engine`)
  await using place = await definitionOf(parts, request, solving)
  const { dockerfile } = place
  const text = { filename: request.filename, text: dockerfile }
  try {
    const parsed = parseDockerfile(dockerfile, request.filename)
    if (wanted === TARGETS) return targetsAnswer(parsed.instructions, text)
    if (wanted === LINT) return lintAnswer(counted(check(parsed), checkDirective(dockerfile, request.buildArgs[CHECK_ARGUMENT])), text)
    await using open = new OpenContexts(parts, solving, place.scratch, request.contexts)
    const plan = planStages(parsed.instructions, { ...request, contexts: open.contexts }, [])
    return outlineAnswer(readOutline(plan, request.buildArgs, dockerfile), text)
  } catch (error) {
    throw buildError(error, text, undefined)
  }
}

/** The Dockerfile, from where it is; of a client's folder nothing else. */
async function definitionOf(parts: BuildKitParts, request: DockerfileRequest, solving: Solving): Promise<BuildContext> {
  if (request.remote !== undefined && !request.hasOwnDockerfile) return remoteContext(parts, request, request.remote, solving)
  const { session, status, signal } = solving
  return inScratch(parts.builder.root, async (scratch) => {
    const { dockerfile } = await loadDefinition(session, request.filename, { scratch, status, signal })
    return { root: undefined, dockerfile }
  })
}
