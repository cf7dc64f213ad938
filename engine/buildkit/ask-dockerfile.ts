import { inScratch } from '../build/context.ts'
import { parseDockerfile } from '../dockerfile/parse.ts'
import { EngineError } from '../errors.ts'
import { check } from './checks/check.ts'
import { checkDirective, counted } from './checks/directive.ts'
import { type Answer, DESCRIBE, describeAnswer, LINT, lintAnswer, TARGETS, targetsAnswer } from './checks/report.ts'
import { loadDefinition } from './definition.ts'
import type { BuildKitParts } from './parts.ts'
import type { Solving } from './solve-dockerfile.ts'
import { CHECK_ARGUMENT, dockerfileRequest, FRONTEND } from './solve-request.ts'
import { buildError } from './source-lines.ts'

/**
 * Answers what a client wants to know of a Dockerfile that is not to be built: `--check`, `--call`.
 * @param wanted name of the request
 * @throws EngineError `not-implemented` for what cannot be answered here; ConnectError with the line of a mistake
 */
export async function askDockerfile(parts: BuildKitParts, wanted: string, options: Readonly<Record<string, string>>, solving: Solving): Promise<Answer> {
  const request = dockerfileRequest(options)
  if (wanted === DESCRIBE) return describeAnswer()
  if (wanted !== LINT && wanted !== TARGETS)
    throw new EngineError('not-implemented', `the request ${wanted} of ${FRONTEND} (--call) is not implemented by this engine`)
  if (request.remote !== undefined)
    throw new EngineError('not-implemented', '--check and --call of a context from elsewhere are not implemented by this engine')
  const { session, status, signal } = solving
  await using place = await inScratch(parts.builder.root, async () => ({ root: undefined, dockerfile: '' }))
  const { dockerfile } = await loadDefinition(session, request.filename, { scratch: place.scratch, status, signal })
  const text = { filename: request.filename, text: dockerfile }
  try {
    const parsed = parseDockerfile(dockerfile, request.filename)
    if (wanted === TARGETS) return targetsAnswer(parsed.instructions, text)
    return lintAnswer(counted(check(parsed), checkDirective(dockerfile, request.buildArgs[CHECK_ARGUMENT])), text)
  } catch (error) {
    throw buildError(error, text, undefined)
  }
}
