import { buildPlan, checkHealthchecks, labelInstructions } from '../build/build-image.ts'
import { type BuildContext, inScratch } from '../build/context.ts'
import type { NamedContexts } from '../build/named-contexts.ts'
import type { BuildRequest } from '../build/request.ts'
import { type BuildPlan, baseOf, planStages } from '../build/stages.ts'
import { unconsumed } from '../build/variables.ts'
import { parseDockerfile } from '../dockerfile/parse.ts'
import { EngineError } from '../errors.ts'
import type { Hold } from '../images/holds.ts'
import type { Image } from '../images/image.ts'
import type { Images } from '../images/images.ts'
import type { BuildStatus } from './build-status.ts'
import type { Built } from './built.ts'
import { OpenCaches } from './cache-import.ts'
import type { Finding } from './checks/check.ts'
import { checkAll } from './checks/check-stages.ts'
import { checkDirective, counted } from './checks/directive.ts'
import { describeRule } from './checks/rules.ts'
import { loadDefinition, loadIgnoreFile } from './definition.ts'
import { ignoreList } from './ignore-file.ts'
import { OpenContexts } from './open-contexts.ts'
import type { BuildKitParts } from './parts.ts'
import { remoteContext } from './remote-context.ts'
import { type ClientSession, credentialsOf, secretsOf } from './session.ts'
import { CHECK_ARGUMENT, type DockerfileRequest, FOR_THE_ENGINE } from './solve-request.ts'
import { buildError, type DockerfileText, sourceInfo } from './source-lines.ts'
import { Transfer } from './transfer.ts'
import { VertexOutputs, VertexRun } from './vertex-outputs.ts'

/** For whom a Dockerfile is built. */
export interface Solving {
  readonly session: ClientSession
  readonly status: BuildStatus
  readonly hold: Hold
  readonly signal: AbortSignal
}

/**
 * Builds the Dockerfile of a client's, with what it sends of its folder.
 * @throws ConnectError with the lines of the Dockerfile, where it is about some; EngineError
 */
export function solveDockerfile(parts: BuildKitParts, request: DockerfileRequest, solving: Solving): Promise<Built> {
  return request.remote === undefined ? solveLocal(parts, request, solving) : solveRemote(parts, request, request.remote, solving)
}

async function solveRemote(parts: BuildKitParts, request: DockerfileRequest, remote: string, solving: Solving): Promise<Built> {
  await using context = await remoteContext(parts, request, remote, solving)
  return await buildContext(parts, request, solving, { context, excludes: [] })
}

async function solveLocal(parts: BuildKitParts, request: DockerfileRequest, solving: Solving): Promise<Built> {
  const { session, status, signal } = solving
  await using place = await inScratch(parts.builder.root, async () => ({ root: undefined, dockerfile: '' }))
  const beginning = { scratch: place.scratch, status, signal }
  const { dockerfile, ownIgnoreFile } = await loadDefinition(session, request.filename, beginning)
  // The Dockerfile's own goes before the context's. @see docker build, ".dockerignore file"
  const excludes = ignoreList(ownIgnoreFile ?? (await loadIgnoreFile(session, { folder: 'context', title: '[internal]' }, beginning)))
  const transfer = new Transfer(status, '[internal] load build context', 'transferring context:')
  try {
    const where = { scratch: place.scratch, signal, onBytes: (total: number) => transfer.bytes(total) }
    return await parts.contexts.with(session, { name: 'context', excludes }, where, (kept) => {
      transfer.end()
      return buildContext(parts, request, solving, { context: { ...place, ...kept, dockerfile }, excludes })
    })
  } catch (error) {
    transfer.fail(error)
    throw error
  }
}

/** What is built, and what of the client's folder was left out of it. */
interface Sources {
  readonly context: BuildContext
  readonly excludes: readonly string[]
}

async function buildContext(parts: BuildKitParts, request: DockerfileRequest, solving: Solving, { context, excludes }: Sources): Promise<Built> {
  const { hold, signal, status } = solving
  const { images } = parts.builder.containers
  const dockerfile = { filename: request.filename, text: context.dockerfile }
  let outputs: VertexOutputs | undefined
  try {
    const parsed = parseDockerfile(context.dockerfile, request.filename)
    const { instructions } = parsed
    const directive = checkDirective(context.dockerfile, request.buildArgs[CHECK_ARGUMENT])
    checkHealthchecks(instructions)
    await using open = new OpenContexts(parts, solving, context.scratch, request.contexts)
    const { contexts } = open
    const plan = planStages(instructions, { ...request, contexts }, labelInstructions(request.labels))
    const ground = { buildArgs: request.buildArgs, contexts, excludes, findImage: (name: string) => images.find(name) }
    const findings = counted(checkAll(parsed, plan, ground), directive, context.dockerfile)
    warn(status, dockerfile, findings, notConsumed(request, plan.argNames))
    if (directive.isError && findings.length > 0) throw new EngineError('invalid', `lint violation found for rules: ${rulesOf(findings)}`)
    outputs = new VertexOutputs(status, plan)
    await using caches = await OpenCaches.open(images, request.usesCache ? request.cacheImports : [], solving)
    const image = await buildPlan(
      { parts: parts.builder, request: { ...buildRequest(request, solving), contexts, cachesElsewhere: caches.sources }, context, plan, hold },
      outputs,
      signal,
    )
    return { ...built(images, { plan, contexts, outputs }, image), epochS: request.epochS }
  } catch (error) {
    signal.throwIfAborted()
    throw buildError(error, dockerfile, outputs?.failedLines)
  }
}

function warn(status: BuildStatus, dockerfile: DockerfileText, findings: readonly Finding[], more: readonly string[]): void {
  if (findings.length === 0 && more.length === 0) return
  const vertex = new VertexRun(status, '[internal] check the build definition')
  const info = sourceInfo(dockerfile)
  for (const { rule, detail, first, last } of findings) {
    const { url, description } = describeRule(rule)
    const ranges = [{ start: { line: first }, end: { line: last } }]
    vertex.warn(`${rule}: ${detail} (line ${first})`, { detail: [Buffer.from(description)], url, info, ranges })
  }
  for (const warning of more) vertex.warn(warning)
  vertex.end()
}

function rulesOf(findings: readonly Finding[]): string {
  return [...new Set(findings.map(({ rule }) => rule))].join(', ')
}

interface Finished {
  readonly plan: BuildPlan
  readonly contexts: NamedContexts
  readonly outputs: VertexOutputs
}

function built(images: Images, { plan, contexts, outputs }: Finished, image: Image): Omit<Built, 'epochS'> {
  const stages = plan.stages.flatMap(({ stage }, index) => {
    const made = images.find(outputs.imageOf(index) ?? '')
    const base = baseOf(plan.all, stage, contexts)
    return made ? [{ image: made, base: base === undefined ? undefined : images.find(base) }] : []
  })
  return { image, base: stages.at(-1)?.base, stages }
}

function notConsumed({ buildArgs }: DockerfileRequest, argNames: ReadonlySet<string>): string[] {
  const unused = unconsumed(buildArgs, argNames).filter((name) => !FOR_THE_ENGINE.includes(name))
  return unused.length === 0 ? [] : [`One or more build-args [${unused.join(' ')}] were not consumed`]
}

function buildRequest(request: DockerfileRequest, { session, signal }: Solving): Omit<BuildRequest, 'contexts' | 'cachesElsewhere'> {
  return {
    tags: [],
    dockerfile: request.filename,
    target: request.target,
    buildArgs: request.buildArgs,
    labels: request.labels,
    usesCache: request.usesCache,
    uncachedStages: request.uncachedStages,
    inheritsArgs: true,
    cacheFrom: undefined,
    pulls: request.pulls,
    removes: true,
    removesFailed: true,
    hostConfig: request.hostConfig,
    authFor: (host) => credentialsOf(session, host, signal),
    secrets: secretsOf(session, signal),
  }
}
