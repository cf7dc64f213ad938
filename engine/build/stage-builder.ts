import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { withImageRoot } from '../containers/rootfs.ts'
import type { Instruction } from '../dockerfile/instruction.ts'
import { parseInstructions } from '../dockerfile/parse.ts'
import { EngineError } from '../errors.ts'
import { changeConfig } from '../images/changes.ts'
import { addConfigured } from '../images/commit.ts'
import type { Hold } from '../images/holds.ts'
import type { Image, ImageConfig } from '../images/image.ts'
import type { BuildCache } from './cache.ts'
import type { BuildContext } from './context.ts'
import { copyStep } from './copy-step.ts'
import { kindBelow, type LayerFolder, makeFolder, pathInside } from './layer-folder.ts'
import type { BuildParts } from './parts.ts'
import type { BuildRequest, StageOutput } from './request.ts'
import { runInstruction } from './run-instruction.ts'
import { configStepText, workdirStepText } from './step-text.ts'
import type { StageVariables } from './variables.ts'

/** What all stages of one build share. */
export interface BuildRun {
  readonly parts: BuildParts
  readonly request: BuildRequest
  readonly context: BuildContext
  readonly output: StageOutput
  readonly cache: BuildCache
  /** Keeps the images of the build until it ends. */
  readonly hold: Hold
  readonly signal: AbortSignal
  /** Whether the cache is asked at all. */
  readonly usesCache: boolean
  /** Where the files of a context, of a stage above or of an image are: a path, or the image. @throws EngineError `not-found` */
  filesFor(reference: string): Promise<Image | string | undefined>
}

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Builds one stage, instruction by instruction: each makes an image on top of the one before. */
export class StageBuilder {
  readonly run: BuildRun
  readonly variables: StageVariables
  #image: Image | undefined
  #config: ImageConfig
  #author: string
  #hasOwnCommand = false

  /** @param base what FROM names; undefined for `scratch` */
  constructor(run: BuildRun, base: Image | undefined, variables: StageVariables) {
    this.run = run
    this.variables = variables
    this.#image = base
    this.#author = base?.author ?? ''
    const env = base?.config.Env ?? []
    // Triggers are for the image that is built on this one, once.
    this.#config = { ...base?.config, OnBuild: undefined, Env: env.some((entry) => entry.startsWith('PATH=')) ? env : [...env, DEFAULT_PATH] }
  }

  get image(): Image | undefined {
    return this.#image
  }

  get config(): ImageConfig {
    return this.#config
  }

  /** Runs what the base image keeps for those who build on it. */
  async runTriggers(): Promise<void> {
    const triggers = this.#image?.config.OnBuild ?? []
    if (triggers.length === 0) return
    this.run.output.text(`# Executing ${triggers.length} build trigger${triggers.length > 1 ? 's' : ''}\n`)
    for (const text of triggers) for (const instruction of parseInstructions(text)) await this.step(instruction)
  }

  /** @throws EngineError; StepFailure when a command fails */
  async step(instruction: Instruction): Promise<void> {
    this.run.signal.throwIfAborted()
    switch (instruction.name) {
      case 'FROM':
        throw new EngineError('system', 'FROM begins a stage, it is no step of one')
      case 'RUN':
        return runInstruction(this, instruction)
      case 'COPY':
      case 'ADD':
        return copyStep(this, instruction)
      case 'WORKDIR':
        return this.#workdirStep(instruction)
      default:
        return this.#configStep(instruction)
    }
  }

  /** Replaces variables in a word of an instruction. */
  expand(instruction: Instruction, word: string): string {
    return this.variables.expand(instruction, word, this.#config.Env ?? [])
  }

  /**
   * Takes the result of a step from the cache, or makes it.
   * @param createdBy all that decides the result, beside the image so far
   */
  async make(createdBy: string, config: ImageConfig, make: () => Promise<Image>): Promise<void> {
    const { cache, output, parts, signal, usesCache } = this.run
    const parent = this.#image
    const take = async () => {
      const cached = await cache.find(parent, createdBy, config)
      if (cached) output.cached()
      return cached ?? make()
    }
    this.#image = usesCache ? await parts.steps.alone(JSON.stringify([parent?.id, createdBy]), signal, take) : await make()
    this.#config = config
    output.made(this.#image)
  }

  /** Makes the layer of a step by filling a fresh folder, with the image so far to look at. */
  async makeLayer(createdBy: string, config: ImageConfig, fill: (layer: LayerFolder) => Promise<void>): Promise<void> {
    await this.make(createdBy, config, async () => {
      const work = join(this.run.context.scratch, randomUUID())
      const folder = join(work, 'layer')
      await mkdir(folder, { recursive: true, mode: 0o755 })
      await this.withRoot(this.#image, (below) => fill({ below, folder }))
      return this.commit(folder, createdBy, config)
    })
  }

  /** Gives `use` the files to read that a name stands for, in `--from`. */
  async withFilesOf<T>(reference: string, use: (root: string) => Promise<T>): Promise<T> {
    const files = await this.run.filesFor(reference)
    return typeof files === 'string' ? use(files) : this.withRoot(files, use)
  }

  /** Gives `use` the files of an image to read; nothing for `scratch`. */
  async withRoot<T>(image: Image | undefined, use: (root: string) => Promise<T>): Promise<T> {
    const point = join(this.run.context.scratch, randomUUID())
    if (image) return withImageRoot(this.run.parts.containers, image, point, use)
    await mkdir(point)
    return use(point)
  }

  /** The image of what a step changed. @param givesUpper nobody looks at the directory afterwards */
  commit(upperDir: string, createdBy: string, config: ImageConfig, givesUpper = true): Promise<Image> {
    return this.run.parts.containers.images.commit({
      parent: this.#image,
      upperDir,
      givesUpper,
      config,
      author: this.#author,
      comment: '',
      createdBy,
      hold: this.run.hold,
      reference: undefined,
    })
  }

  async #configStep(instruction: Instruction): Promise<void> {
    const expand = (word: string) => this.expand(instruction, word)
    const before = this.#config
    if (instruction.name === 'MAINTAINER') this.#author = instruction.text
    if (instruction.name === 'CMD') this.#hasOwnCommand = true
    const config = changeConfig(before, instruction, expand, this.#hasOwnCommand)
    const createdBy = configStepText(instruction, config, expand)
    // Only now: its own default may name what it takes the place of.
    if (instruction.name === 'ARG') this.variables.declare(instruction, before.Env ?? [])
    if (instruction.name === 'HEALTHCHECK') this.#tellOverridden(before)
    await this.make(createdBy, config, () => this.#addConfigured(createdBy, config))
  }

  #tellOverridden({ Healthcheck }: ImageConfig): void {
    const test = Healthcheck?.Test ?? []
    if (test.length > 0 && test[0] !== 'NONE') this.run.output.text(`Note: overriding previous HEALTHCHECK: [${test.join(' ')}]\n`)
  }

  #addConfigured(createdBy: string, config: ImageConfig): Promise<Image> {
    const created = new Date().toISOString()
    const entry = { created, created_by: createdBy, ...(this.#author && { author: this.#author }) }
    return addConfigured(this.run.parts.containers.images, {
      parent: this.#image,
      config,
      author: this.#author,
      comment: '',
      created,
      entry,
      hold: this.run.hold,
    })
  }

  /** The folder is made, for the steps after it to find. */
  async #workdirStep(instruction: Instruction): Promise<void> {
    const config = changeConfig(this.#config, instruction, (word) => this.expand(instruction, word), this.#hasOwnCommand)
    const path = config.WorkingDir ?? '/'
    const createdBy = workdirStepText(config)
    await this.make(createdBy, config, async () => {
      const work = join(this.run.context.scratch, randomUUID())
      await mkdir(work, { mode: 0o755 })
      const isThere = await this.withRoot(this.#image, async (below) => {
        const layer = { below, folder: work }
        const inside = await pathInside(layer, path)
        if ((await kindBelow(layer, inside)) === 'folder') return true
        await makeFolder(layer, inside)
        return false
      })
      return isThere ? this.#addConfigured(createdBy, config) : this.commit(work, createdBy, config)
    })
  }
}
