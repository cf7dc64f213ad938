import type { HostStatus } from '../../ipc/contract.ts'
import { type Stage, stagesBeforeBoot } from './boot/stages.ts'
import type { VmStatus } from './status.ts'
import type { Failure } from './vm-state.ts'

/** What of a host's state changes. */
export type Seen = Pick<HostStatus, 'state' | 'detail' | 'remedy' | 'lastLines' | 'stages'>

export const SUSPENDED = 'The virtual machine is suspended: its containers go on where they were when it is started.'

/** A state of the window for each of the VM. @param crash why it is being started again */
export function seenOf({ state, stages, failure }: VmStatus, crash: Failure | undefined): Seen {
  switch (state) {
    case 'running':
      return seen('running', undefined, [])
    case 'starting':
      return seen('starting', crash, stages)
    case 'waiting':
      return seen('starting', failure, [])
    case 'failed':
      // What went off when it ran has no stage to show.
      return seen('failed', failure, failure?.stage === undefined ? [] : stages)
    case 'stopping':
    case 'suspending':
      return seen('stopping', undefined, [])
    case 'suspended':
      return { ...seen('stopped', undefined, []), detail: SUSPENDED }
    case 'stopped':
      return { ...seen('stopped', undefined, []), detail: 'The virtual machine is off.' }
  }
}

/** What is left to see of a boot whose supervisor has gone. */
export function seenAfterFailure(failure: Failure): Seen {
  const stages = stagesBeforeBoot()
  const failed = stages.findIndex(({ name }) => name === failure.stage)
  const told = stages.map((stage, at): Stage => {
    if (at < failed) return { ...stage, state: 'done' }
    return at === failed ? { ...stage, state: 'failed', detail: failure.cause } : stage
  })
  return seen('failed', failure, failed === -1 ? [] : told)
}

function seen(state: Seen['state'], failure: Failure | undefined, stages: readonly Stage[]): Seen {
  return { state, detail: failure?.cause ?? '', remedy: failure?.remedy ?? '', lastLines: failure?.lastLines ?? [], stages: [...stages] }
}
