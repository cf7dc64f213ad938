import type { HostStage, HostStatus } from '../api/desktop.ts'
import type { EngineName } from './engine-name.ts'
import { say } from './say.ts'

type Place = Pick<HostStatus, 'kind' | 'context'>

/** Where an engine runs, in words of the sidebar. */
export function placeOf({ kind, context }: Place): string {
  if (kind === 'context') return say('where the context {name} leads', { name: context?.name ?? '' })
  return kind === 'vm' ? say('in a virtual machine') : say('on this computer')
}

/** Where it answers: its socket, or what a context of docker has. */
export function addressOf({ context, socketPath }: Pick<HostStatus, 'context' | 'socketPath'>): string {
  return context ? context.host : socketPath
}

/** Of the sidebar: of an engine that is not ours, what it is and where. */
export function engineAt(host: Place & Pick<HostStatus, 'socketPath'>, identity: EngineName | undefined): string {
  if (host.kind !== 'context' || !identity) return placeOf(host)
  return say('{engine} at {address}', { engine: `${identity.product} ${identity.version}`, address: addressOf(host) })
}

/** What a person is told of an engine that is not there. @param isStarting the start was asked for just now */
export function hostTitle(
  host: (Place & Pick<HostStatus, 'state' | 'detail'> & { readonly stages: readonly unknown[] }) | undefined,
  isStarting: boolean,
): string {
  const isStart = isStarting || host?.state === 'starting'
  if (host?.kind === 'context') return isStart ? say('Connecting to {name}', { name: nameOf(host) }) : say('{name} does not answer', { name: nameOf(host) })
  if (host?.kind !== 'vm') return isStart ? say('The engine is starting') : say('The engine does not answer')
  // It says why, when it went off by itself before.
  if (isStart) return host.detail === '' ? say('The virtual machine is starting') : say('The virtual machine is being started again')
  if (host.state === 'failed') return host.stages.length > 0 ? say('The virtual machine did not start') : say('The virtual machine has failed')
  if (host.state === 'stopping') return say('The virtual machine is shutting down')
  return host.state === 'stopped' ? say('The virtual machine is off') : say('The engine in the virtual machine does not answer')
}

function nameOf({ context }: Place): string {
  return context?.name ?? ''
}

/** How long a stage took, or takes until now: `1.9 s`, `12 s`, `2 min 5 s`. */
export function stageTime({ state, startedAtMs, tookMs }: Pick<HostStage, 'state' | 'startedAtMs' | 'tookMs'>, nowMs: number): string {
  if (tookMs !== undefined) return seconds(tookMs, 1)
  if (state !== 'running' || startedAtMs === undefined) return ''
  return seconds(Math.max(0, nowMs - startedAtMs), 0)
}

function seconds(ms: number, digits: number): string {
  if (ms < 60_000) return say('{seconds} s', { seconds: (ms / 1000).toFixed(digits) })
  const whole = Math.round(ms / 1000)
  return say('{minutes} min {seconds} s', { minutes: Math.floor(whole / 60), seconds: whole % 60 })
}
