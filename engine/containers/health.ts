import { messageOf } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { Healthcheck } from './config.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import { isLive } from './state.ts'

export interface HealthResult {
  readonly Start: string
  readonly End: string
  readonly ExitCode: number
  readonly Output: string
}

export interface Health {
  status: 'starting' | 'healthy' | 'unhealthy'
  failingStreak: number
  /** The last five, oldest first. */
  readonly log: HealthResult[]
}

/** How a probe ended. */
export interface ProbeOutcome {
  readonly exitCode: number
  readonly output: string
}

/** Runs one probe inside the container. @throws when it cannot be run at all */
export type Probe = (container: Container, command: readonly string[], timeoutMs: number) => Promise<ProbeOutcome>

/** Keeps what is known over a restart of the daemon. */
export interface HealthRecords {
  load(id: string): Health | undefined
  save(id: string, health: Health): void
}

const DEFAULTS_MS = { interval: 30_000, timeout: 30_000, startPeriod: 0, startInterval: 5_000 }
const DEFAULT_RETRIES = 3
const KEPT_RESULTS = 5

interface Monitor {
  timer: NodeJS.Timeout | undefined
  isStopped: boolean
}

/**
 * The healthchecks of all running containers: one timer each, none for containers without a check.
 * @see Engine API 1.51 Health
 */
export class HealthMonitors {
  readonly #events: EventBus
  readonly #probe: Probe
  readonly #records: HealthRecords
  readonly #monitors = new Map<string, Monitor>()
  readonly #health = new Map<string, Health>()

  constructor(events: EventBus, probe: Probe, records: HealthRecords) {
    this.#events = events
    this.#probe = probe
    this.#records = records
  }

  /** Undefined for a container that has no healthcheck. */
  of(container: Container): Health | undefined {
    return this.#health.get(container.id)
  }

  /** A run begins: what was known of the one before says nothing about it. */
  start(container: Container): void {
    const check = activeCheck(container)
    if (!check) return
    this.stop(container)
    this.#watch(container, check, { status: 'starting', failingStreak: 0, log: this.#health.get(container.id)?.log ?? [] }, Date.now())
  }

  /** The daemon is back: what was known of a container that has run on still holds, until a probe says otherwise. */
  takeOver(container: Container): void {
    const check = activeCheck(container)
    const known = check && this.#records.load(container.id)
    const { state } = container
    if (check && state.status === 'running') {
      this.#watch(container, check, known ?? { status: 'starting', failingStreak: 0, log: [] }, Date.parse(state.startedAt))
    } else if (known) {
      this.#health.set(container.id, { ...known, status: 'unhealthy' })
    }
  }

  /** A paused container goes on: it counts as unhealthy until a probe says otherwise. */
  resume(container: Container): void {
    const check = activeCheck(container)
    if (!check || this.#monitors.has(container.id)) return
    const startedAt = isLive(container.state) ? Date.parse(container.state.startedAt) : Date.now()
    this.#watch(container, check, this.#health.get(container.id) ?? { status: 'starting', failingStreak: 0, log: [] }, startedAt)
  }

  /** The container stopped or was paused: nobody can call it healthy now. */
  stop(container: Container): void {
    const monitor = this.#monitors.get(container.id)
    if (!monitor) return
    monitor.isStopped = true
    clearTimeout(monitor.timer)
    this.#monitors.delete(container.id)
    const health = this.#health.get(container.id)
    if (!health) return
    health.status = 'unhealthy'
    this.#records.save(container.id, health)
  }

  /** The container is removed. */
  forget(container: Container): void {
    this.stop(container)
    this.#health.delete(container.id)
  }

  stopAll(): void {
    for (const monitor of this.#monitors.values()) {
      monitor.isStopped = true
      clearTimeout(monitor.timer)
    }
    this.#monitors.clear()
  }

  #watch(container: Container, check: Healthcheck, health: Health, startedAt: number): void {
    const monitor: Monitor = { timer: undefined, isStopped: false }
    this.#health.set(container.id, health)
    this.#monitors.set(container.id, monitor)
    this.#schedule(container, check, health, monitor, startedAt)
  }

  #schedule(container: Container, check: Healthcheck, health: Health, monitor: Monitor, startedAt: number): void {
    const isStarting = health.status === 'starting' && Date.now() - startedAt < milliseconds(check.StartPeriod, DEFAULTS_MS.startPeriod)
    const delay = isStarting ? milliseconds(check.StartInterval, DEFAULTS_MS.startInterval) : milliseconds(check.Interval, DEFAULTS_MS.interval)
    monitor.timer = setTimeout(async () => {
      await this.#run(container, check, health, monitor, startedAt)
      if (!monitor.isStopped) this.#schedule(container, check, health, monitor, startedAt)
    }, delay)
  }

  async #run(container: Container, check: Healthcheck, health: Health, monitor: Monitor, startedAt: number): Promise<void> {
    const timeoutMs = milliseconds(check.Timeout, DEFAULTS_MS.timeout)
    const begun = new Date()
    let outcome: ProbeOutcome
    try {
      outcome = await this.#probe(container, commandOf(container, check), timeoutMs)
    } catch (error) {
      outcome = { exitCode: -1, output: messageOf(error) }
    }
    if (monitor.isStopped) return
    health.log.push({ Start: begun.toISOString(), End: new Date().toISOString(), ExitCode: outcome.exitCode, Output: outcome.output })
    if (health.log.length > KEPT_RESULTS) health.log.shift()
    this.#judge(container, check, health, outcome.exitCode === 0, Date.now() - startedAt)
    this.#records.save(container.id, health)
  }

  #judge(container: Container, check: Healthcheck, health: Health, isFit: boolean, ageMs: number): void {
    const before = health.status
    if (isFit) {
      health.failingStreak = 0
      health.status = 'healthy'
    } else if (!(health.status === 'starting' && ageMs < milliseconds(check.StartPeriod, DEFAULTS_MS.startPeriod))) {
      health.failingStreak += 1
      if (health.failingStreak >= (check.Retries || DEFAULT_RETRIES)) health.status = 'unhealthy'
    }
    if (health.status !== before) publishContainer(this.#events, container, `health_status: ${health.status}`)
  }
}

function activeCheck(container: Container): Healthcheck | undefined {
  const check = container.spec.config.Healthcheck
  const kind = check?.Test?.[0]
  // Of another kind than docker knows, it is none, as with dockerd.
  return kind === 'CMD' || kind === 'CMD-SHELL' ? check : undefined
}

function commandOf(container: Container, check: Healthcheck): string[] {
  const [kind, ...words] = check.Test ?? []
  const shell = container.spec.config.Shell?.length ? container.spec.config.Shell : ['/bin/sh', '-c']
  return kind === 'CMD-SHELL' ? [...shell, ...words] : words
}

function milliseconds(nanoseconds: number | undefined, fallback: number): number {
  return nanoseconds ? nanoseconds / 1e6 : fallback
}
