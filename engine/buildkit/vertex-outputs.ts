import type { MessageInitShape } from '@bufbuild/protobuf'
import { type Timestamp, timestampNow } from '@bufbuild/protobuf/wkt'
import type { AnnouncedStep, StageOutput, StageOutputs } from '../build/request.ts'
import type { BuildPlan, Stage } from '../build/stages.ts'
import type { Instruction } from '../dockerfile/instruction.ts'
import type { BuildStatus } from './build-status.ts'
import type { VertexWarningSchema } from './protocol/control_pb.ts'
import { PullProgress } from './pull-progress.ts'
import { buildMessage, type Lines } from './source-lines.ts'

/** Only these are steps to people; others say something about the image. */
const SHOWN = ['FROM', 'RUN', 'COPY', 'ADD', 'WORKDIR']

type WarningInit = Omit<MessageInitShape<typeof VertexWarningSchema>, '$typeName'>

/** One thing that a build does, from its beginning to its end. */
export class VertexRun {
  readonly #status: BuildStatus
  readonly #name: string
  readonly #started: Timestamp = timestampNow()
  #isCached = false
  #isOpen = true
  readonly digest: string

  constructor(status: BuildStatus, name: string) {
    this.#status = status
    this.#name = name
    this.digest = status.digest(name)
    this.#tell({})
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  cached(): void {
    this.#isCached = true
  }

  log(stream: 'stdout' | 'stderr', text: string): void {
    this.#status.log(this.digest, stream === 'stdout' ? 1 : 2, text)
  }

  /** Something within it, which is done at once. */
  note(id: string): void {
    const now = timestampNow()
    this.#status.tell({ statuses: [{ id, vertex: this.digest, timestamp: now, started: now, completed: now }] })
  }

  /** @param more what it means, and where it stands */
  warn(short: string, more: WarningInit = {}): void {
    this.#status.tell({ warnings: [{ vertex: this.digest, level: 1n, short: Buffer.from(short), ...more }] })
  }

  end(error = ''): void {
    this.#isOpen = false
    this.#tell({ completed: timestampNow(), error })
  }

  #tell(end: { completed?: Timestamp; error?: string }): void {
    this.#status.vertex({ digest: this.digest, name: this.#name, started: this.#started, cached: this.#isCached, ...end })
  }
}

/** Tells what the stages of a build do, each step as it comes. */
export class VertexOutputs implements StageOutputs {
  readonly #stages: StageVertexes[]
  #failed: Lines | undefined

  constructor(status: BuildStatus, plan: BuildPlan) {
    this.#stages = plan.stages.map(({ stage }) => new StageVertexes(status, stage, plan.all.length > 1))
  }

  /** Where the step stands that failed first. */
  get failedLines(): Lines | undefined {
    return this.#failed
  }

  /** The image of a stage that has ended well. */
  imageOf(index: number): string | undefined {
    return this.#stages[index]?.imageId
  }

  of(index: number): StageOutput {
    const stage = this.#stages[index]
    if (!stage) throw new RangeError(`there is no stage ${index}`)
    return stage
  }

  end(index: number): void {
    this.#stages[index]?.end()
  }

  failed(index: number, error: unknown): void {
    this.#failed = this.#stages[index]?.fail(error)
  }
}

class StageVertexes implements StageOutput {
  readonly #status: BuildStatus
  readonly #stage: Stage
  readonly #title: string
  readonly #total: number
  #number = 0
  #instruction: Instruction | undefined
  #vertex: VertexRun | undefined
  #pull: PullProgress | undefined
  imageId: string | undefined

  constructor(status: BuildStatus, stage: Stage, isOneOfMany: boolean) {
    this.#status = status
    this.#stage = stage
    this.#title = isOneOfMany ? `${stage.name ?? `stage-${stage.index}`} ` : ''
    this.#total = 1 + stage.steps.filter(({ name }) => SHOWN.includes(name)).length
  }

  step({ instruction }: AnnouncedStep): void {
    this.#instruction = instruction
    if (!SHOWN.includes(instruction.name)) return
    const name = `[${this.#title}${++this.#number}/${this.#total}] ${instruction.name === 'FROM' ? `FROM ${this.#stage.base}` : instruction.source}`
    this.#vertex = new VertexRun(this.#status, name)
  }

  cached(): void {
    this.#vertex?.cached()
  }

  made(): void {
    this.#pull?.end()
    this.#pull = undefined
    if (this.#vertex?.isOpen) this.#vertex.end()
  }

  printed(stream: 'stdout' | 'stderr', text: string): void {
    this.#vertex?.log(stream, text)
  }

  progress(line: Readonly<Record<string, unknown>>): void {
    if (!this.#vertex) return
    this.#pull ??= new PullProgress(this.#status, this.#vertex.digest)
    this.#pull.line(line)
  }

  /** Words of the classic builder's, which BuildKit's clients say in theirs. */
  text(): void {}

  complaint(text: string): void {
    this.#vertex?.log('stderr', text)
  }

  image(id: string): void {
    this.imageId = id
  }

  fail(error: unknown): Lines | undefined {
    this.#vertex?.end(buildMessage(error))
    return this.#instruction && { first: this.#instruction.line, last: this.#instruction.lastLine }
  }

  /** One that another's failure has stopped. */
  end(): void {
    if (this.#vertex?.isOpen) this.#vertex.end('context canceled')
  }
}
