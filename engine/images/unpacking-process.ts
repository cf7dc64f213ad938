import { EngineError } from '../errors.ts'
import { forkScript } from '../linux/fork-script.ts'
import { type Unpacking, type UnpackingEvents, WORKER_URL } from './unpacking-thread.ts'

/**
 * In a process of its own: a thread of an engine that was started from a snapshot ends all of it when it loads `node:net`, as starting
 * tar(1) does. Takes the place of the thread in the engine of a VM.
 * @see build/snapshot-modules.ts
 */
export function startUnpacking({ onReply, onEnd }: UnpackingEvents): Unpacking {
  const child = forkScript(WORKER_URL)
  child.on('message', onReply)
  child.on('error', onEnd)
  child.on('exit', (code, signal) => onEnd(new EngineError('system', `the extraction process ended with ${signal ?? code}`)))
  return {
    send: (request) => void child.send(request),
    ref() {
      child.ref()
      child.channel?.ref()
    },
    unref() {
      child.unref()
      child.channel?.unref()
    },
    end: () => void child.kill('SIGKILL'),
  }
}
