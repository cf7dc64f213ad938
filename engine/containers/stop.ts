import { EngineError } from '../errors.ts'
import { thaw } from '../linux/freezer.ts'
import { isAlive, SIGKILL, sendSignal, signalNumber } from '../linux/process.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { ContainerParts } from './parts.ts'
import { isLive, isRunning } from './state.ts'

const DEFAULT_TIMEOUT_S = 10
/** How long SIGKILL may take: a process in uninterruptible sleep dies late. */
const KILL_TIMEOUT_MS = 10_000
/** How long conmon may take to tell of an end before we ask whether it still lives. */
const MONITOR_TIMEOUT_MS = 1000

export interface StopOptions {
  /** Seconds until SIGKILL; negative waits for ever; undefined takes the container's own. */
  readonly timeoutS?: number | undefined
  readonly signal?: string | undefined
}

/**
 * Stops a container: its stop signal, then SIGKILL, then waits until it has ended.
 * @throws EngineError `not-modified` when it does not run
 * @see Engine API 1.51 ContainerStop
 */
export async function stopContainer(parts: ContainerParts, container: Container, options: StopOptions = {}): Promise<void> {
  if (!isRunning(container.state)) throw new EngineError('not-modified', 'container already stopped')
  await endRun(parts, container, options)
  publishContainer(parts.events, container, 'stop')
}

async function endRun(parts: ContainerParts, container: Container, options: StopOptions): Promise<void> {
  const signal = parseSignal(options.signal || container.spec.config.StopSignal || 'SIGTERM')
  const timeoutS = options.timeoutS ?? container.spec.config.StopTimeout ?? DEFAULT_TIMEOUT_S
  container.spec.hasBeenStoppedByHand = true
  parts.store.saveSpec(container)
  if (await cancelRestart(parts, container)) return
  const ended = exitOf(container)
  await deliver(parts, container, signal)
  if (await ended.within(timeoutS < 0 ? undefined : timeoutS * 1000)) return
  await forceEnd(parts, container)
}

/** SIGKILL, and the wait for the end. @throws EngineError `system` when the process does not die */
export async function forceEnd(parts: ContainerParts, container: Container): Promise<void> {
  if (await cancelRestart(parts, container)) return
  const ended = exitOf(container)
  await deliver(parts, container, SIGKILL)
  if (await ended.within(MONITOR_TIMEOUT_MS)) return
  if (await settleUnmonitored(parts, container)) return
  if (await exitOf(container).within(KILL_TIMEOUT_MS)) return
  throw new EngineError('system', 'tried to kill container, but did not receive an exit event')
}

/** When its conmon was killed, nobody is left to tell of a container's end: we do, the same way. */
async function settleUnmonitored(parts: ContainerParts, container: Container): Promise<boolean> {
  const { state } = container
  if (!isLive(state) || isAlive(state.pid)) return !isLive(state)
  const monitorPid = await parts.runtime.monitorPid(container.id)
  if (monitorPid !== undefined && isAlive(monitorPid)) return false
  const ended = exitOf(container)
  await parts.runtime.recordExit(container.id, 128 + SIGKILL)
  return ended.within(KILL_TIMEOUT_MS)
}

/** True when the container was between two runs, and now stays stopped. */
async function cancelRestart(parts: ContainerParts, container: Container): Promise<boolean> {
  return container.lock.run(() => {
    if (container.state.status !== 'restarting') return false
    const { exitCode } = container.state
    parts.timers.forget(container.id)
    parts.store.apply(container, { type: 'restart-cancelled' })
    container.announceExit(exitCode)
    return true
  })
}

async function deliver(parts: ContainerParts, container: Container, signal: number): Promise<void> {
  const { state } = container
  if (!isLive(state)) return
  sendSignal(state.pid, signal)
  publishContainer(parts.events, container, 'kill', { signal: String(signal) })
  if (state.status === 'paused') await resume(parts, container)
}

/** A frozen process cannot die of SIGTERM. */
async function resume(parts: ContainerParts, container: Container): Promise<void> {
  await container.lock.run(async () => {
    if (container.state.status !== 'paused') return
    await thaw(parts.paths.cgroup(container.id, container.spec.hostConfig.CgroupParent))
    parts.store.apply(container, { type: 'resumed' })
  })
}

function exitOf(container: Container): { within(timeoutMs: number | undefined): Promise<boolean> } {
  const { promise, resolve } = Promise.withResolvers<true>()
  const forget = container.onExit(() => resolve(true))
  return {
    async within(timeoutMs) {
      if (!isLive(container.state)) {
        forget()
        return true
      }
      if (timeoutMs === undefined) return promise
      const late = Promise.withResolvers<false>()
      const timer = setTimeout(() => late.resolve(false), timeoutMs)
      try {
        return await Promise.race([promise, late.promise])
      } finally {
        clearTimeout(timer)
        forget()
      }
    },
  }
}

/**
 * Sends a signal; waits for the end only after SIGKILL.
 * @throws EngineError `conflict` when it does not run, `invalid` for an unknown signal, `not-found` when there is none
 * @see Engine API 1.51 ContainerKill
 */
export async function killContainer(parts: ContainerParts, reference: string, signalText: string): Promise<void> {
  try {
    await kill(parts, parseSignal(signalText || 'SIGKILL'), reference)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    throw new EngineError(error.kind, `cannot kill container: ${reference}: ${error.message}`, { cause: error })
  }
}

async function kill(parts: ContainerParts, signal: number, reference: string): Promise<void> {
  const container = parts.store.get(reference)
  if (!isRunning(container.state)) throw new EngineError('conflict', `container ${container.id} is not running`)
  const stopSignal = container.spec.config.StopSignal
  if (!stopSignal || signal === SIGKILL || signal === signalNumber(stopSignal)) {
    container.spec.hasBeenStoppedByHand = true
    parts.store.saveSpec(container)
  }
  if (signal === SIGKILL) await forceEnd(parts, container)
  else if (!(await cancelRestart(parts, container))) await deliver(parts, container, signal)
}

function parseSignal(text: string): number {
  const signal = signalNumber(text)
  if (signal === undefined && /^(-\d+|[1-9]\d*)$/.test(text)) throw new EngineError('invalid', `the linux daemon does not support signal ${text}`)
  if (signal === undefined) throw new EngineError('invalid', `invalid signal: ${text}`)
  return signal
}
