import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import { EngineError, messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { BuildStatus } from './build-status.ts'
import type { HistoryFiles } from './history-files.ts'
import {
  type BuildHistoryEvent,
  BuildHistoryEventSchema,
  type BuildHistoryRequest,
  type SolveRequest,
  type StatusResponse,
  type UpdateBuildHistoryRequest,
} from './protocol/control_pb.ts'
import { callError } from './source-lines.ts'

type EventInit = MessageInitShape<typeof BuildHistoryEventSchema>

const BEGUN = 0
const ENDED = 1
const FORGOTTEN = 2

/** So many builds are kept, and so much of what they have said; those that are pinned do not count. */
const MOST = 64
const MOST_BYTES = 64 * 1024 * 1024

/** The builds that people have asked for: those under way, and the last that have ended, which outlive the engine. */
export class History {
  readonly #files: HistoryFiles
  readonly #log: Log
  readonly #events = new Map<string, BuildHistoryEvent>()
  /** Of those that are in files: how much each takes there. */
  readonly #bytes = new Map<string, number>()
  readonly #waiting = new Set<(event: BuildHistoryEvent) => void>()
  #loaded: Promise<void> | undefined

  constructor(files: HistoryFiles, log: Log) {
    this.#files = files
    this.#log = log
  }

  /** Remembers `work` with its beginning and its end, unless a client does it for itself. */
  async record(request: SolveRequest, work: () => Promise<Record<string, string>>, status: BuildStatus): Promise<Record<string, string>> {
    if (request.internal) return work()
    await this.#load()
    const { ref, frontend, exporters } = request
    const record = { ref, frontend, frontendAttrs: request.frontendAttrs, exporters, createdAt: timestampNow() }
    const ended = async (end: NonNullable<EventInit['record']>) => {
      const event = this.#tell({ type: ENDED, record: { ...record, pinned: this.#isPinned(ref), ...status.counts(), ...end, completedAt: timestampNow() } })
      await this.#keep(ref, event, status.told)
    }
    this.#tell({ type: BEGUN, record })
    try {
      const exporterResponse = await work()
      await ended({ exporterResponse })
      return exporterResponse
    } catch (error) {
      const { code, rawMessage } = callError(error)
      await ended({ error: { code, message: rawMessage } })
      throw error
    }
  }

  /** What is known, and unless the client wants no more, what comes. */
  async *listen({ ref, activeOnly, earlyExit, limit }: BuildHistoryRequest, signal: AbortSignal): AsyncGenerator<BuildHistoryEvent, void> {
    await this.#load()
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

  /** What a build that is over has said of itself. @returns undefined when there is none of that name */
  async told(ref: string): Promise<AsyncIterable<StatusResponse> | undefined> {
    await this.#load()
    return this.#bytes.has(ref) ? this.#files.told(ref) : undefined
  }

  /**
   * What a client says of a build. Its record is complete as soon as it is over.
   * @throws EngineError `not-found` for one that is not remembered
   */
  async update({ ref, pinned, delete: isToGo, finalize }: UpdateBuildHistoryRequest): Promise<void> {
    await this.#load()
    const event = this.#events.get(ref)
    if (!event?.record) throw new EngineError('not-found', `no build history record for ${ref}`)
    if (isToGo) return this.#forget(ref)
    if (finalize || event.record.pinned === pinned) return
    const changed = this.#tell({ ...event, record: { ...event.record, pinned } })
    if (this.#bytes.has(ref)) await this.#files.change(ref, changed)
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#read()
    return this.#loaded
  }

  async #read(): Promise<void> {
    const seconds = ({ record }: BuildHistoryEvent) => Number(record?.completedAt?.seconds ?? 0)
    const kept = await this.#files.load().catch((error: unknown) => {
      this.#log.warn('the history of builds could not be read', { error: messageOf(error) })
      return []
    })
    for (const { event, bytes } of kept.sort((a, b) => seconds(a.event) - seconds(b.event))) {
      const ref = event.record?.ref ?? ''
      this.#events.set(ref, event)
      this.#bytes.set(ref, bytes)
    }
  }

  /** A build is no worse for what could not be kept of it. */
  async #keep(ref: string, event: BuildHistoryEvent, told: readonly StatusResponse[]): Promise<void> {
    try {
      this.#bytes.set(ref, await this.#files.add(ref, event, told))
      await this.#forgetOld()
    } catch (error) {
      this.#log.warn('what a build has said could not be kept', { build: ref, error: messageOf(error) })
    }
  }

  async #forgetOld(): Promise<void> {
    const unpinned = [...this.#bytes].filter(([ref]) => !this.#isPinned(ref))
    let bytes = unpinned.reduce((total, [, one]) => total + one, 0)
    for (const [index, [ref, own]] of unpinned.entries()) {
      if (unpinned.length - index <= MOST && bytes <= MOST_BYTES) return
      bytes -= own
      await this.#forget(ref)
    }
  }

  #isPinned(ref: string): boolean {
    return this.#events.get(ref)?.record?.pinned ?? false
  }

  async #forget(ref: string): Promise<void> {
    this.#events.delete(ref)
    this.#bytes.delete(ref)
    for (const hear of this.#waiting) hear(create(BuildHistoryEventSchema, { type: FORGOTTEN, record: { ref } }))
    await this.#files.remove(ref)
  }

  #tell(init: EventInit): BuildHistoryEvent {
    const event = create(BuildHistoryEventSchema, init)
    const ref = event.record?.ref ?? ''
    this.#events.delete(ref)
    this.#events.set(ref, event)
    for (const hear of this.#waiting) hear(event)
    return event
  }
}
