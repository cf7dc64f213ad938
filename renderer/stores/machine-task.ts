import type { HostStatus } from '../api/desktop.ts'
import { say, sayKnown } from '../text/say.ts'
import type { Task } from './task.ts'
import { NO_PROGRESS } from './task-state.ts'

/** Work on the virtual machine as a task; none where there is none. @param failure why it could not be called off */
export function machineTask(host: Pick<HostStatus, 'work' | 'stages'> | undefined, failure: string): Task | undefined {
  const work = host?.work
  if (!work) return undefined
  const { id, kind, phase, canCancel, error, givenBackBytes } = work
  const headline = failure || (phase === 'working' ? stageOf(host.stages) : '')
  return {
    key: `vm ${id}`,
    id: '',
    kind: `vm-${kind}`,
    name: '',
    phase,
    progress: { ...NO_PROGRESS, headline, error, reclaimedBytes: givenBackBytes },
    canRetry: false,
    canCancel,
  }
}

/** Of a boot, which step it is at. */
function stageOf(stages: HostStatus['stages']): string {
  const at = stages.findIndex(({ state }) => state === 'running')
  const stage = stages[at]
  return stage ? say('step {number} of {count}: {title}', { number: at + 1, count: stages.length, title: sayKnown(stage.title) }) : ''
}
