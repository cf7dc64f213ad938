import { messageOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'
import { STAGES, type Stage, type StageName, stagesBeforeBoot, waiting } from './stages.ts'

/** The boot did not come to its end. */
export class BootError extends Error {
  readonly stage: StageName
  readonly remedy: string

  constructor(stage: StageName, cause: unknown) {
    super(messageOf(cause), { cause })
    this.name = 'BootError'
    this.stage = stage
    this.remedy = (cause instanceof PlainError && cause.remedy) || STAGES[stage].remedy
  }
}

/** What a stage can use while it runs. */
export interface StageContext {
  /** Aborted when the deadline has passed, or the boot was called off. */
  readonly signal: AbortSignal
  /** Says what is going on. */
  readonly say: (detail: string) => void
}

/** Where a boot is. Stages run one after the other; each has its deadline, so that the boot ends whatever happens. */
export class BootProgress {
  #stages: readonly Stage[] = stagesBeforeBoot()
  readonly #changed: () => void

  constructor(changed: () => void) {
    this.#changed = changed
  }

  get stages(): readonly Stage[] {
    return this.#stages
  }

  /** What is still to come are these, but for what has been. */
  plan(names: readonly StageName[]): void {
    const behind = this.#stages.filter(({ state }) => state !== 'waiting')
    this.#stages = [...behind, ...names.filter((name) => !behind.some((stage) => stage.name === name)).map(waiting)]
    this.#changed()
  }

  /** What has failed is no matter: it goes on with others. @param why in a sentence */
  skip(why: string, names: readonly StageName[]): void {
    this.#stages = this.#stages.map((stage) => (stage.state === 'failed' ? { ...stage, state: 'skipped', detail: why } : stage))
    this.plan(names)
  }

  /**
   * Runs one stage.
   * @param work must end soon after its signal is aborted
   * @param stop the boot is called off; its reason is thrown as it is
   * @throws BootError for whatever else goes wrong in it
   */
  async run<T>(name: StageName, stop: AbortSignal, work: (context: StageContext) => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    const { deadlineMs } = STAGES[name]
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new PlainError(`It took longer than ${deadlineMs / 1000} s.`)), deadlineMs)
    const signal = AbortSignal.any([stop, deadline.signal])
    const tookMs = () => Math.round(performance.now() - startedAt)
    this.#update(name, { state: 'running', startedAtMs: Date.now() })
    try {
      signal.throwIfAborted()
      const result = await Promise.race([work({ signal, say: (detail) => this.#update(name, { detail }) }), rejectedBy(signal)])
      this.#update(name, { state: 'done', tookMs: tookMs() })
      return result
    } catch (error) {
      if (stop.aborted) throw stop.reason
      this.#update(name, { state: 'failed', detail: messageOf(error), tookMs: tookMs() })
      throw new BootError(name, error)
    } finally {
      clearTimeout(timer)
    }
  }

  #update(name: StageName, change: Partial<Stage>): void {
    this.#stages = this.#stages.map((stage) => (stage.name === name ? { ...stage, ...change } : stage))
    this.#changed()
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  if (signal.aborted) reject(signal.reason)
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  return promise
}
