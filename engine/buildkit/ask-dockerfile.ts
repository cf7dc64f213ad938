import { type BuildContext, inScratch } from '../build/context.ts'
import { planStages } from '../build/stages.ts'
import { parseDockerfile } from '../dockerfile/parse.ts'
import { EngineError } from '../errors.ts'
import { checkAll } from './checks/check-stages.ts'
import { checkDirective, counted } from './checks/directive.ts'
import { readOutline } from './checks/read-outline.ts'
import { type Answer, DESCRIBE, describeAnswer, LINT, lintAnswer, OUTLINE, outlineAnswer, TARGETS, targetsAnswer } from './checks/report.ts'
import { loadDefinition, loadIgnoreFile } from './definition.ts'
import { ignoreList } from './ignore-file.ts'
import { OpenContexts } from './open-contexts.ts'
import type { BuildKitParts } from './parts.ts'
import { remoteContext } from './remote-context.ts'
import type { Asked } from './solve.ts'
import type { Solving } from './solve-dockerfile.ts'
import { CHECK_ARGUMENT, type DockerfileRequest, dockerfileRequest, FRONTEND } from './solve-request.ts'
import { buildError } from './source-lines.ts'

/**
 * Answers what a client wants to know of a Dockerfile that is not to be built: `--check`, `--call`.
 * @param wanted name of the request
 * @throws EngineError `not-implemented` for what cannot be answered here; ConnectError with the line of a mistake
 */
export async function askDockerfile(parts: BuildKitParts, wanted: string, { options, linked }: Asked, solving: Solving): Promise<Answer> {
  const request = dockerfileRequest(options, linked)
  if (wanted === DESCRIBE) return describeAnswer()
  if (![LINT, TARGETS, OUTLINE].includes(wanted))
    throw new EngineError('not-implemented', `the request ${wanted} of ${FRONTEND} (--call) is not implemented by this engine`)
  await using place = await definitionOf(parts, request, solving)
  const { dockerfile, excludes } = place
  const text = { filename: request.filename, text: dockerfile }
  try {
    const parsed = parseDockerfile(dockerfile, request.filename)
    if (wanted === TARGETS) return targetsAnswer(parsed.instructions, text)
    await using open = new OpenContexts(parts, solving, place.scratch, request.contexts)
    const { contexts } = open
    const plan = planStages(parsed.instructions, { ...request, contexts }, [])
    if (wanted === OUTLINE) return outlineAnswer(readOutline(plan, request.buildArgs, dockerfile), text)
    const { images } = parts.builder.containers
    const ground = { buildArgs: request.buildArgs, contexts, excludes, findImage: (name: string) => images.find(name) }
    return lintAnswer(counted(checkAll(parsed, plan, ground), checkDirective(dockerfile, request.buildArgs[CHECK_ARGUMENT]), dockerfile), text)
  } catch (error) {
    throw buildError(error, text, undefined)
  }
}

/** The Dockerfile, from where it is; of a client's folder, what is left out of it, and nothing else. */
async function definitionOf(
  parts: BuildKitParts,
  request: DockerfileRequest,
  solving: Solving,
): Promise<BuildContext & { readonly excludes: readonly string[] }> {
  if (request.remote !== undefined && !request.hasOwnDockerfile) return { ...(await remoteContext(parts, request, request.remote, solving)), excludes: [] }
  const { session, status, signal } = solving
  let excludes: readonly string[] = []
  const context = await inScratch(parts.builder.root, async (scratch) => {
    const beginning = { scratch, status, signal }
    const { dockerfile, ownIgnoreFile } = await loadDefinition(session, request.filename, beginning)
    if (request.remote === undefined)
      excludes = ignoreList(ownIgnoreFile ?? (await loadIgnoreFile(session, { folder: 'context', title: '[internal]' }, beginning)))
    return { root: undefined, dockerfile }
  })
  return { ...context, excludes }
}
