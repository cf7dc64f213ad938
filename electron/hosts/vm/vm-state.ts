import { type Static, Type } from 'typebox'

/** Why a VM is not running although it should be: for people. */
export const FailureSchema = Type.Object({
  /** The stage of the boot that failed; absent when it had booted. */
  stage: Type.Optional(Type.String()),
  cause: Type.String(),
  remedy: Type.String(),
  /** What was seen last: lines of the console, or what a program said. */
  lastLines: Type.Array(Type.String()),
})
export type Failure = Static<typeof FailureSchema>

/** Where a VM is in its life. `waiting` is between a crash and the next attempt. */
export const VmStateSchema = Type.Union([
  Type.Object({ status: Type.Literal('stopped') }),
  Type.Object({ status: Type.Literal('starting'), attempt: Type.Integer() }),
  Type.Object({ status: Type.Literal('running'), since: Type.String(), attempt: Type.Integer() }),
  Type.Object({ status: Type.Literal('stopping') }),
  Type.Object({ status: Type.Literal('suspending'), since: Type.String(), attempt: Type.Integer() }),
  Type.Object({ status: Type.Literal('waiting'), attempt: Type.Integer(), failure: FailureSchema }),
  Type.Object({ status: Type.Literal('failed'), failure: FailureSchema }),
])
export type VmState = Static<typeof VmStateSchema>

export type VmEvent =
  | { readonly type: 'start' }
  | { readonly type: 'booted'; readonly at: string }
  /** The boot failed, or the machine went off by itself. @see attemptOf for `isStable` */
  | { readonly type: 'crashed'; readonly failure: Failure; readonly isStable: boolean; readonly triesAgain: boolean }
  | { readonly type: 'stop' }
  | { readonly type: 'suspend' }
  /** It could not be suspended, and goes on. */
  | { readonly type: 'goesOn' }
  | { readonly type: 'off' }

/**
 * The state that follows `state` when `event` happens.
 * @throws Error when `event` cannot follow `state`
 */
export function transition(state: VmState, event: VmEvent): VmState {
  switch (event.type) {
    case 'start':
      if (state.status === 'stopped' || state.status === 'failed') return { status: 'starting', attempt: 1 }
      if (state.status === 'waiting') return { status: 'starting', attempt: state.attempt + 1 }
      break
    case 'booted':
      if (state.status === 'starting') return { status: 'running', since: event.at, attempt: state.attempt }
      break
    case 'crashed':
      if (state.status === 'starting' || state.status === 'running' || state.status === 'suspending') {
        const attempt = attemptOf(state, event.isStable)
        return event.triesAgain ? { status: 'waiting', attempt, failure: event.failure } : { status: 'failed', failure: event.failure }
      }
      break
    case 'stop':
      if (state.status === 'starting' || state.status === 'running' || state.status === 'waiting') return { status: 'stopping' }
      break
    case 'suspend':
      if (state.status === 'running') return { ...state, status: 'suspending' }
      break
    case 'goesOn':
      if (state.status === 'suspending') return { ...state, status: 'running' }
      break
    case 'off':
      if (state.status === 'stopping' || state.status === 'suspending') return { status: 'stopped' }
  }
  throw new Error(`a VM that is ${state.status} cannot take "${event.type}"`)
}

/** Which attempt ends when a VM in this state crashes. @param isStable it ran so long that the crashes before do not count any more */
export function attemptOf(state: VmState, isStable: boolean): number {
  return 'attempt' in state && !isStable ? state.attempt : 1
}
