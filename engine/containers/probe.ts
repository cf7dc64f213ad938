import { SIGKILL, sendSignal } from '../linux/process.ts'
import type { Container } from './container.ts'
import { createExec, startExec } from './exec.ts'
import { goDuration } from './go-duration.ts'
import type { ProbeOutcome } from './health.ts'
import type { ContainerParts } from './parts.ts'

const OUTPUT_LIMIT = 4096

/** Runs a healthcheck's command as an exec, and kills it when it takes too long. */
export async function probe(parts: ContainerParts, container: Container, command: readonly string[], timeoutMs: number): Promise<ProbeOutcome> {
  const exec = await createExec(parts, container.id, {
    attachStdin: false,
    attachStdout: true,
    attachStderr: true,
    tty: false,
    command,
    env: [],
    user: '',
    workingDir: '',
    privileged: false,
    detachKeys: '',
    consoleSize: [],
  })
  const output = new Excerpt()
  const { promise: ended, resolve } = Promise.withResolvers<'ended'>()
  await startExec(parts, exec, { output: (_, data) => output.push(data), ended: () => resolve('ended') })
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), timeoutMs)
  const outcome = await Promise.race([ended, late.promise])
  clearTimeout(timer)
  if (outcome === 'late') {
    if (exec.state.status === 'running') sendSignal(exec.state.pid, SIGKILL)
    return { exitCode: -1, output: `Health check exceeded timeout (${goDuration(timeoutMs)})${output.text === '' ? '' : `: ${output.text}`}` }
  }
  return { exitCode: exec.state.status === 'exited' ? exec.state.exitCode : -1, output: output.text }
}

/** The beginning of what a probe says: a talkative one must not fill memory. */
class Excerpt {
  #kept: Buffer = Buffer.alloc(0)
  #isCut = false

  push(data: Buffer): void {
    const room = OUTPUT_LIMIT - this.#kept.length
    if (data.length > room) this.#isCut = true
    if (room > 0) this.#kept = Buffer.concat([this.#kept, data.subarray(0, room)])
  }

  get text(): string {
    return `${this.#kept}${this.#isCut ? '...' : ''}`
  }
}
