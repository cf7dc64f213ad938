import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import { EngineError } from '../errors.ts'
import type { BuildStatus } from './build-status.ts'
import {
  type BuildHistoryEvent,
  BuildHistoryEventSchema,
  type BuildHistoryRequest,
  type SolveRequest,
  type UpdateBuildHistoryRequest,
} from './protocol/control_pb.ts'
import { callError } from './source-lines.ts'

type EventInit = MessageInitShape<typeof BuildHistoryEventSchema>

const BEGUN = 0
const ENDED = 1
const FORGOTTEN = 2

/** So many builds are remembered, as long as the engine runs. */
const MOST = 50

/** The builds that people have asked for, those under way and the last that have ended. Only in memory. */
export class History {
  readonly #events = new Map<string, BuildHistoryEvent>()
  readonly #waiting = new Set<(event: BuildHistoryEvent) => void>()

  /** Remembers `work` with its beginning and its end, unless a client does it for itself. */
  async record(request: SolveRequest, work: () => Promise<Record<string, string>>, status: BuildStatus): Promise<Record<string, string>> {
    if (request.internal) return work()
    const { ref, frontend, exporters } = request
    const record = { ref, frontend, frontendAttrs: request.frontendAttrs, exporters, createdAt: timestampNow() }
    const ended = (end: NonNullable<EventInit['record']>) =>
      this.#tell({ type: ENDED, record: { ...record, ...status.counts(), ...end, completedAt: timestampNow() } })
    this.#tell({ type: BEGUN, record })
    try {
      const exporterResponse = await work()
      ended({ exporterResponse })
      return exporterResponse
    } catch (error) {
      const { code, rawMessage } = callError(error)
      ended({ error: { code, message: rawMessage } })
      throw error
    }
  }

  /** What is known, and unless the client wants no more, what comes. */
  async *listen({ ref, activeOnly, earlyExit, limit }: BuildHistoryRequest, signal: AbortSignal): AsyncGenerator<BuildHistoryEvent, void> {
    const isWanted = ({ type, record }: BuildHistoryEvent) => (ref === '' || record?.ref === ref) && (!activeOnly || type === BEGUN)
    const come: BuildHistoryEvent[] = []
    let wake: () => void = () => undefined
    const hear = (event: BuildHistoryEvent) => {
      come.push(event)
      wake()
    }
    const stop = () => wake()
    this.#waiting.add(hear)
    signal.addEventListener('abort', stop)
    try {
      const known = [...this.#events.values()].filter(isWanted)
      yield* limit > 0 ? known.slice(-limit) : known
      while (!earlyExit && !signal.aborted) {
        for (const event of come.splice(0)) if (isWanted(event)) yield event
        await new Promise<void>((resolve) => {
          wake = resolve
          if (come.length > 0 || signal.aborted) resolve()
        })
      }
    } finally {
      this.#waiting.delete(hear)
      signal.removeEventListener('abort', stop)
    }
  }

  /**
   * What a client says of a build that is over. Its record is complete at once.
   * @throws EngineError `not-found` for one that is not remembered, `not-implemented` for one that is to stay for good
   */
  update({ ref, pinned, delete: isToGo }: UpdateBuildHistoryRequest): void {
    const event = this.#events.get(ref)
    if (!event) throw new EngineError('not-found', `no build history record for ${ref}`)
    if (pinned) throw new EngineError('not-implemented', 'a build whose record is kept for good (pinned) is not implemented by this engine')
    if (!isToGo) return
    this.#tell({ type: FORGOTTEN, record: { ref } })
    this.#events.delete(ref)
  }

  #tell(init: EventInit): void {
    const event = create(BuildHistoryEventSchema, init)
    const ref = event.record?.ref ?? ''
    this.#events.delete(ref)
    this.#events.set(ref, event)
    for (const old of [...this.#events.keys()].slice(0, -MOST)) this.#events.delete(old)
    for (const hear of this.#waiting) hear(event)
  }
}
