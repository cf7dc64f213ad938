import type { Task } from '../stores/task.ts'
import { formatBytes } from './quantity.ts'
import { say } from './say.ts'

interface PhaseWords {
  readonly working: string
  readonly done: string
  readonly failed: string
}

/** What is worked on. */
export function taskTitle({ kind, name }: Task): string {
  if (kind === 'prune') return say('What nobody needs')
  if (kind === 'move') return say('Data directory')
  return kind.startsWith('vm-') ? say('Virtual machine') : name
}

/** How it is. */
export function taskWord(task: Task): string {
  if (task.phase === 'waiting') return say('waiting for its turn')
  return task.phase === 'failed' ? say('failed') : wordsOf(task)[task.phase]
}

/** The heading of why it failed. */
export function taskFailure(task: Task): string {
  return wordsOf(task).failed
}

function wordsOf({ kind, name, progress }: Task): PhaseWords {
  switch (kind) {
    case 'pull':
      return { working: say('pulling'), done: say('here'), failed: say('{image} could not be pulled', { image: name }) }
    case 'push':
      return { working: say('pushing'), done: say('pushed'), failed: say('{image} could not be pushed', { image: name }) }
    case 'load':
      return { working: say('loading'), done: say('loaded'), failed: say('{image} could not be loaded', { image: name }) }
    case 'prune':
      return {
        working: say('removing'),
        done: say('{size} came back', { size: formatBytes(progress.reclaimedBytes ?? 0) }),
        failed: say('Nothing was removed'),
      }
    case 'build':
      return { working: say('building'), done: say('built'), failed: say('{image} could not be built', { image: name }) }
    case 'move':
      return { working: say('moving'), done: say('is in {folder} now', { folder: name }), failed: say('The data is where it was') }
    case 'vm-start':
      return { working: say('starting'), done: say('started'), failed: say('The virtual machine did not start') }
    case 'vm-restart':
      return { working: say('restarting'), done: say('restarted'), failed: say('The virtual machine did not restart') }
    case 'vm-repair':
      return { working: say('being repaired'), done: say('repaired'), failed: say('The virtual machine could not be repaired') }
    case 'vm-change':
      return { working: say('being changed'), done: say('changed'), failed: say('The virtual machine is not as it was to be') }
    case 'vm-compact':
      return {
        working: say('giving space back'),
        done: say('{size} came back to this computer', { size: formatBytes(progress.reclaimedBytes ?? 0) }),
        failed: say('No space came back'),
      }
    case 'vm-erase':
      return { working: say('being erased'), done: say('erased'), failed: say('The virtual machine could not be erased') }
  }
}

/** @param stage as the engine has it; another than we know is shown as it is */
export function moveStageWord(stage: string): string {
  switch (stage) {
    case 'stopping':
      return say('the engine ends')
    case 'copying':
      return say('copying')
    case 'verifying':
      return say('comparing every file')
    case 'checking':
      return say('trying the copy')
    case 'switching':
      return say('changing places')
    case 'starting':
      return say('the engine starts')
    case 'removing':
      return say('emptying the old folder')
    default:
      return stage
  }
}
