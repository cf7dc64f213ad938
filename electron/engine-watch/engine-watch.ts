import { EventEmitter } from 'node:events'
import { askEngine } from '../ask-engine.ts'
import { recordOf, textOf } from '../docker/config-file.ts'
import type { HostStatus } from '../ipc/contract.ts'
import { type BadEnding, Endings } from './endings.ts'
import { type News, newsOf } from './news.ts'

/** A container that runs, or is paused. */
export interface LiveContainer {
  readonly id: string
  readonly name: string
  readonly isPaused: boolean
  /** Of this computer, by TCP, lowest first. */
  readonly ports: readonly number[]
}

/** Events after which a container is another one in the tray. */
const CHANGING = new Set(['start', 'die', 'destroy', 'pause', 'unpause', 'rename'])

/** One engine, for as long as it runs. */
interface Round {
  readonly socketPath: string
  readonly abort: AbortController
  /** Those that are asked for again as soon as the last answer is there. */
  readonly stale: Set<string>
  isAsking: boolean
}

/** What the engine runs, for those parts of the desktop that go on without a page: one event stream, and nothing is asked while nothing happens. */
export class EngineWatch {
  readonly #changes = new EventEmitter<{ changed: []; news: [News]; ending: [BadEnding] }>()
  readonly #endings = new Endings()
  #live = new Map<string, LiveContainer>()
  #round: Round | undefined

  get containers(): readonly LiveContainer[] {
    return [...this.#live.values()].sort((a, b) => a.name.localeCompare(b.name))
  }

  /** The host has changed: its engine is followed while it runs. */
  follow({ state, socketPath }: Pick<HostStatus, 'state' | 'socketPath'>): void {
    if (state === 'running' && this.#round?.socketPath === socketPath) return
    this.#round?.abort.abort()
    this.#round = undefined
    if (this.#live.size > 0) {
      this.#live.clear()
      this.#changes.emit('changed')
    }
    if (state !== 'running') return
    const round: Round = { socketPath, abort: new AbortController(), stale: new Set(), isAsking: false }
    this.#round = round
    this.#run(round).catch(() => {
      // Its host says why it is away; when it is back, the next round begins.
      if (this.#round === round) this.#round = undefined
    })
  }

  onChange(listener: () => void): void {
    this.#changes.on('changed', listener)
  }

  onNews(listener: (news: News) => void): void {
    this.#changes.on('news', listener)
  }

  /** A container ended badly. */
  onEnding(listener: (ending: BadEnding) => void): void {
    this.#changes.on('ending', listener)
  }

  close(): void {
    this.#round?.abort.abort()
    this.#changes.removeAllListeners()
  }

  async #run(round: Round): Promise<never> {
    for await (const news of newsOf(round.socketPath, () => this.#refresh(round, undefined), round.abort.signal)) {
      this.#changes.emit('news', news)
      const ending = this.#endings.take(news)
      if (ending) this.#changes.emit('ending', ending)
      if (news.type !== 'container' || !CHANGING.has(news.action)) continue
      round.stale.add(news.id)
      this.#refresh(round, round.stale)
    }
    throw new Error('The engine ended its events.')
  }

  /** One question at a time, for all that changed meanwhile. @param ids undefined for all that run */
  #refresh(round: Round, ids: ReadonlySet<string> | undefined): void {
    if (round.isAsking || ids?.size === 0 || round.abort.signal.aborted) return
    round.isAsking = true
    const asked = ids && [...ids]
    round.stale.clear()
    const filters = asked ? `?filters=${encodeURIComponent(JSON.stringify({ id: asked }))}` : ''
    askEngine(round.socketPath, 'GET', `/containers/json${filters}`)
      .then((rows) => {
        if (!round.abort.signal.aborted) this.#take(asked, Array.isArray(rows) ? rows.map(liveContainer) : [])
      })
      // The stream ends with the engine, too, and the next round asks for all.
      .catch(() => undefined)
      .finally(() => {
        round.isAsking = false
        this.#refresh(round, round.stale)
      })
  }

  #take(asked: readonly string[] | undefined, rows: readonly LiveContainer[]): void {
    if (asked) for (const id of asked) this.#live.delete(id)
    else this.#live.clear()
    for (const row of rows) this.#live.set(row.id, row)
    this.#changes.emit('changed')
  }
}

function liveContainer(row: unknown): LiveContainer {
  const { Id, Names, State, Ports } = recordOf(row)
  const ports = Array.isArray(Ports) ? Ports.map(recordOf) : []
  const published = ports.flatMap(({ PublicPort, Type }) => (typeof PublicPort === 'number' && Type === 'tcp' ? [PublicPort] : []))
  return {
    id: textOf(Id),
    name: textOf(Array.isArray(Names) ? Names[0] : undefined).replace(/^\//, ''),
    isPaused: State === 'paused',
    ports: [...new Set(published)].sort((a, b) => a - b),
  }
}
