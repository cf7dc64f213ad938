import type { HostStage, HostStatus } from '../api/desktop.ts'

/** Where an engine runs, in words of the sidebar. */
export const PLACE_OF: Readonly<Record<HostStatus['kind'], string>> = { native: 'on this computer', vm: 'in a virtual machine' }

/** What a person is told of an engine that is not there. @param isStarting the start was asked for just now */
export function hostTitle(
  host: (Pick<HostStatus, 'kind' | 'state' | 'detail'> & { readonly stages: readonly unknown[] }) | undefined,
  isStarting: boolean,
): string {
  const isStart = isStarting || host?.state === 'starting'
  if (host?.kind !== 'vm') return isStart ? 'The engine is starting' : 'The engine does not answer'
  // It says why, when it went off by itself before.
  if (isStart) return host.detail === '' ? 'The virtual machine is starting' : 'The virtual machine is being started again'
  if (host.state === 'failed') return host.stages.length > 0 ? 'The virtual machine did not start' : 'The virtual machine has failed'
  if (host.state === 'stopping') return 'The virtual machine is shutting down'
  return host.state === 'stopped' ? 'The virtual machine is off' : 'The engine in the virtual machine does not answer'
}

/** How long a stage took, or takes until now: `1.9 s`, `12 s`, `2 min 5 s`. */
export function stageTime({ state, startedAtMs, tookMs }: Pick<HostStage, 'state' | 'startedAtMs' | 'tookMs'>, nowMs: number): string {
  if (tookMs !== undefined) return seconds(tookMs, 1)
  if (state !== 'running' || startedAtMs === undefined) return ''
  return seconds(Math.max(0, nowMs - startedAtMs), 0)
}

function seconds(ms: number, digits: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(digits)} s`
  const whole = Math.round(ms / 1000)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}
