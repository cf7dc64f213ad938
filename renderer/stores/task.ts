import type { HostWork } from '../api/desktop.ts'
import type { TaskKind } from '../api/tasks.ts'
import type { TaskState } from './task-state.ts'

/** Something that takes its time, and tells how far it is. */
export interface Task {
  readonly key: string
  /** Of the engine, once it is its: then it goes on without this window. */
  readonly id: string
  /** What the engine's tasks do; the way of its data; and work on its virtual machine, which is the desktop's. */
  readonly kind: TaskKind | 'move' | `vm-${HostWork['kind']}`
  /** Of an image, or of the file that is loaded. */
  readonly name: string
  readonly phase: 'waiting' | 'working' | 'done' | 'failed'
  readonly progress: TaskState
  /** This window knows what it would take. */
  readonly canRetry: boolean
  /** While it goes on: it can be called off, and then all is as before. */
  readonly canCancel: boolean
}

export function isActive({ phase }: Task): boolean {
  return phase === 'working' || phase === 'waiting'
}
