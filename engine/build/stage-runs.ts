import { availableParallelism } from 'node:os'
import type { Instruction } from '../dockerfile/instruction.ts'
import { EngineError } from '../errors.ts'
import type { Hold } from '../images/holds.ts'
import { hostArchitecture, type Image } from '../images/image.ts'
import { familiarName, parseReference, withDefaultTag } from '../images/reference.ts'
import { Slots } from '../slots.ts'
import { beginWithFolder } from './base-folder.ts'
import type { BuildCache } from './cache.ts'
import type { BuildContext } from './context.ts'
import type { NamedContext } from './named-contexts.ts'
import type { BuildParts } from './parts.ts'
import type { BuildOutput, BuildRequest, StageOutput, StageOutputs } from './request.ts'
import { type BuildRun, StageBuilder } from './stage-builder.ts'
import { type BuildPlan, findStage, type PlannedStage, type Stage } from './stages.ts'
import { StageVariables } from './variables.ts'

/** What is built, and with what. */
export interface BuildWork {
  readonly parts: BuildParts
  readonly request: BuildRequest
  readonly context: BuildContext
  readonly plan: BuildPlan
  readonly cache: BuildCache
  readonly hold: Hold
}

/**
 * Builds the stages of a plan, those that do not need each other side by side. The first that fails stops the others; all
 * have ended when {@link run} throws.
 */
export class StageRuns {
  readonly #work: BuildWork
  readonly #outputs: StageOutputs
  readonly #clientSignal: AbortSignal
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #slots = new Slots(Math.max(2, availableParallelism()))
  readonly #results = new Map<Stage, Promise<Image | undefined>>()
  readonly #variables = new Map<Stage, StageVariables>()
  readonly #images = new Map<string, Promise<Image>>()
  #failure: { readonly error: unknown } | undefined

  constructor(work: BuildWork, outputs: StageOutputs, signal: AbortSignal) {
    this.#work = work
    this.#outputs = outputs
    this.#clientSignal = signal
    this.#signal = AbortSignal.any([signal, this.#stop.signal])
  }

  /** @returns the image of the last stage; undefined when it has none */
  async run(): Promise<Image | undefined> {
    for (const [index, planned] of this.#work.plan.stages.entries()) this.#results.set(planned.stage, this.#begin(index, planned))
    const outcomes = await Promise.allSettled(this.#results.values())
    this.#clientSignal.throwIfAborted()
    if (this.#failure) throw this.#failure.error
    const last = outcomes[this.#work.plan.stages.length - 1]
    return last?.status === 'fulfilled' ? last.value : undefined
  }

  async #begin(index: number, planned: PlannedStage): Promise<Image | undefined> {
    try {
      for (const stage of planned.needs) await this.#results.get(stage)
      const output = this.#outputs.of(index)
      return await this.#slots.run(
        () => this.#build(planned.stage, planned.stepsBefore, output),
        () => undefined,
      )
    } catch (error) {
      if (!this.#failure && !this.#signal.aborted) {
        this.#failure = { error }
        this.#outputs.failed(index, error)
        this.#stop.abort(error)
      }
      throw error
    } finally {
      this.#outputs.end(index)
    }
  }

  async #build(stage: Stage, stepsBefore: number, output: StageOutput): Promise<Image | undefined> {
    const { parts, request, context, plan, cache, hold } = this.#work
    this.#signal.throwIfAborted()
    let number = stepsBefore
    const announce = (instruction: Instruction) => output.step({ number: ++number, total: plan.stepCount, stage, instruction })
    const filesFor = (reference: string) => this.#filesFor(stage, reference, output)
    const usesCache = request.usesCache && !request.uncachedStages.some((name) => name.toLowerCase() === stage.name)
    const run: BuildRun = { parts, request, context, output, cache, hold, signal: this.#signal, usesCache, filesFor }
    announce(stage.from)
    const base = await this.#base(stage, output)
    const variables = new StageVariables(request.buildArgs, plan.globals, request.inheritsArgs ? this.#variablesOfBase(stage) : undefined)
    this.#variables.set(stage, variables)
    const builder = new StageBuilder(run, typeof base === 'string' ? undefined : base, variables)
    if (typeof base === 'string') await beginWithFolder(builder, base)
    else output.made(base)
    await builder.runTriggers()
    for (const instruction of stage.steps) {
      announce(instruction)
      await builder.step(instruction)
    }
    if (builder.image) output.image(builder.image.id)
    return builder.image
  }

  /** @returns a path where a folder stands for what FROM names */
  async #base(stage: Stage, output: StageOutput): Promise<Image | string | undefined> {
    const { from, base } = stage
    const platform = from.platform === undefined ? '' : this.#work.plan.globals.expand(from, from.platform)
    refusePlatform(platform)
    if (base === '') throw new EngineError('invalid', `base name (${from.image}) should not be blank`)
    const context = this.#work.request.contexts.find(base)
    if (context) return this.#filesOfContext(context, output)
    const above = this.#stageBelow(stage)
    if (above) return this.#resultOf(above, output)
    return base === 'scratch' ? undefined : this.#image(base, output)
  }

  /** The one that it begins with, if that is one. */
  #stageBelow(stage: Stage): Stage | undefined {
    return this.#stagesAbove(stage).find(({ name }) => name === stage.base.toLowerCase())
  }

  #variablesOfBase(stage: Stage): StageVariables | undefined {
    const below = this.#work.request.contexts.find(stage.base) ? undefined : this.#stageBelow(stage)
    return below && this.#variables.get(below)
  }

  /** What a name stands for: a folder, an image, or nothing (`scratch`). A context wins over a stage or an image of that name. */
  async #filesFor(stage: Stage, reference: string, output: StageOutput): Promise<Image | string | undefined> {
    const context = this.#work.request.contexts.find(reference)
    return context ? this.#filesOfContext(context, output) : this.#stageOrImage(stage, reference, output)
  }

  async #filesOfContext(context: NamedContext, output: StageOutput): Promise<Image | string | undefined> {
    if (context.kind === 'folder') return context.root()
    if (context.kind === 'stored') return context.image()
    return context.reference === 'scratch' ? undefined : this.#image(context.reference, output)
  }

  /** A stage above wins over an image of that name. */
  async #stageOrImage(stage: Stage, reference: string, output: StageOutput): Promise<Image> {
    const number = /^\d+$/.test(reference) ? Number(reference) : undefined
    const found = findStage(this.#stagesAbove(stage), reference)
    if (!found && number !== undefined) {
      const why = number === stage.index ? 'refers to current build stage' : 'index out of bounds'
      throw new EngineError('invalid', `invalid from flag value ${reference}: ${why}`)
    }
    const result = found && (await this.#resultOf(found, output))
    if (result) return result
    try {
      return await this.#image(reference, output)
    } catch (error) {
      throw error instanceof EngineError ? new EngineError(error.kind, `invalid from flag value ${reference}: ${error.message}`, { cause: error }) : error
    }
  }

  #stagesAbove({ index }: Stage): readonly Stage[] {
    return this.#work.plan.all.slice(0, index)
  }

  /** One that only a trigger of the base image wants was not foreseen: it is built now. */
  #resultOf(stage: Stage, output: StageOutput): Promise<Image | undefined> {
    const result = this.#results.get(stage) ?? this.#build(stage, this.#work.plan.stepCount, output)
    this.#results.set(stage, result)
    return result
  }

  /** Asked for once in a build, however many stages want it. */
  #image(reference: string, output: BuildOutput): Promise<Image> {
    const image = this.#images.get(reference) ?? this.#find(reference, output)
    this.#images.set(reference, image)
    return image
  }

  /** An image that is not here is pulled, as FROM and COPY --from want it. */
  async #find(reference: string, output: BuildOutput): Promise<Image> {
    const { parts, request, hold } = this.#work
    const { images } = parts.containers
    const existing = images.find(reference)
    if (existing && !request.pulls) {
      hold.keep(existing.id)
      return existing
    }
    const name = withDefaultTag(parseReference(reference))
    const progress = {
      send: (line: Readonly<Record<string, unknown>>) => output.progress(line),
      step: (id: string, status: string, detail?: object) => output.progress({ status, progressDetail: detail ?? {}, id }),
    }
    const { pullImage } = await import('../images/registry/pull.ts')
    const auth = await request.authFor(name.domain)
    await pullImage(images, { name: familiarName(name), tag: '', platform: '', auth, signal: this.#signal, hold }, progress)
    return images.get(reference)
  }
}

/** @throws EngineError `not-implemented` for what this machine does not run */
export function refusePlatform(text: string): void {
  const [os = '', architecture = ''] = text === '' ? ['linux', hostArchitecture()] : text.toLowerCase().split('/')
  const isHost = os === 'linux' && (architecture === '' || architecture === hostArchitecture())
  if (!isHost)
    throw new EngineError('not-implemented', `builds for the platform ${text} are not implemented by this engine, which runs on linux/${hostArchitecture()}`)
}
