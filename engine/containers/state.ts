import { EngineError } from '../errors.ts'

/**
 * Where a container is in its life. Only legal combinations can be written down; the API's booleans
 * (`Running`, `Paused`, `Dead` …) are computed for the reply and stored nowhere. Times are ISO 8601 in UTC.
 */
export type ContainerState =
  | { readonly status: 'created'; readonly failure?: StartFailure }
  | ({ readonly status: 'running' | 'paused' } & Run)
  | ({ readonly status: 'restarting' | 'exited' | 'dead' } & Ended)
  | ({ readonly status: 'removing'; readonly removesVolumes: boolean } & Ended)

/** A start that failed before the process ran. */
export interface StartFailure {
  readonly exitCode: number
  readonly message: string
}

export interface Run {
  readonly pid: number
  readonly startedAt: string
  /** When the run before this one ended. */
  readonly lastFinishedAt?: string
}

export interface Ended {
  readonly exitCode: number
  /** Absent when the container never ran. */
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly oomKilled: boolean
  readonly failure?: StartFailure
}

export type ContainerEvent =
  | { readonly type: 'started'; readonly pid: number; readonly at: string }
  | { readonly type: 'start-failed'; readonly failure: StartFailure }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'exited'; readonly exitCode: number; readonly oomKilled: boolean; readonly at: string; readonly willRestart: boolean }
  | { readonly type: 'restart-cancelled' }
  | { readonly type: 'removal-started'; readonly removesVolumes: boolean }
  | { readonly type: 'removal-failed' }

/**
 * The state that follows `state` when `event` happens.
 * @throws EngineError `conflict` when `event` cannot follow `state`
 */
export function transition(state: ContainerState, event: ContainerEvent): ContainerState {
  switch (event.type) {
    case 'started':
      if (isStartable(state))
        return { status: 'running', pid: event.pid, startedAt: event.at, ...('finishedAt' in state && { lastFinishedAt: state.finishedAt }) }
      break
    case 'start-failed':
      if (state.status === 'created') return { status: 'created', failure: event.failure }
      if (state.status === 'exited' || state.status === 'restarting') {
        return { ...state, status: 'exited', exitCode: event.failure.exitCode, failure: event.failure }
      }
      break
    case 'paused':
      if (state.status === 'running') return { ...state, status: 'paused' }
      break
    case 'resumed':
      if (state.status === 'paused') return { ...state, status: 'running' }
      break
    case 'exited':
      if (isLive(state)) {
        const { exitCode, oomKilled, at, willRestart } = event
        return { status: willRestart ? 'restarting' : 'exited', exitCode, oomKilled, startedAt: state.startedAt, finishedAt: at }
      }
      break
    case 'restart-cancelled':
      if (state.status === 'restarting') return { ...state, status: 'exited' }
      break
    case 'removal-started':
      if (!isLive(state)) return { ...ended(state), status: 'removing', removesVolumes: event.removesVolumes }
      break
    case 'removal-failed':
      if (state.status === 'removing') return { ...state, status: 'dead' }
  }
  throw new EngineError('conflict', `a container that is ${state.status} cannot take "${event.type}"`)
}

/** Has a process: running or frozen. */
export function isLive(state: ContainerState): state is ContainerState & Run {
  return state.status === 'running' || state.status === 'paused'
}

/** What docker's `State.Running` says: also true while paused and between two runs. */
export function isRunning(state: ContainerState): boolean {
  return isLive(state) || state.status === 'restarting'
}

export function isGoing(state: ContainerState): boolean {
  return state.status === 'removing' || state.status === 'dead'
}

function isStartable(state: ContainerState): boolean {
  return state.status === 'created' || state.status === 'exited' || state.status === 'restarting'
}

function ended(state: ContainerState): Ended {
  if (state.status === 'created') return { exitCode: state.failure?.exitCode ?? 0, oomKilled: false, failure: state.failure }
  if (isLive(state)) throw new EngineError('conflict', 'a container with a process has not ended')
  return state as ContainerState & Ended
}

/** The exit code as inspect, ps and wait show it. */
export function exitCodeOf(state: ContainerState): number {
  if (isLive(state)) return 0
  return state.status === 'created' ? (state.failure?.exitCode ?? 0) : (state as Ended).exitCode
}
