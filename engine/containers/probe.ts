import { SIGKILL, sendSignal } from '../linux/process.ts'
import type { Container } from './container.ts'
import { createExec, startExec } from './exec.ts'
import type { ProbeOutcome } from './health.ts'
import type { ContainerParts } from './parts.ts'

const OUTPUT_LIMIT = 4096

/** Runs a healthcheck's command as an exec, and kills it when it takes too long. */
export async function probe(parts: ContainerParts, container: Container, command: readonly string[], timeoutMs: number): Promise<ProbeOutcome> {
  const exec = await createExec(parts, container, container.id, {
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
  const chunks: Buffer[] = []
  const { promise: ended, resolve } = Promise.withResolvers<'ended'>()
  await startExec(parts, exec, { output: (_, data) => void chunks.push(data), ended: () => resolve('ended') })
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), timeoutMs)
  const outcome = await Promise.race([ended, late.promise])
  clearTimeout(timer)
  const output = clip(Buffer.concat(chunks).toString())
  if (outcome === 'late') {
    if (exec.state.status === 'running') sendSignal(exec.state.pid, SIGKILL)
    return { exitCode: -1, output: `Health check exceeded timeout (${timeoutMs / 1000}s)${output === '' ? '' : `: ${output}`}` }
  }
  return { exitCode: exec.state.status === 'exited' ? exec.state.exitCode : -1, output }
}

function clip(text: string): string {
  return text.length > OUTPUT_LIMIT ? `${text.slice(0, OUTPUT_LIMIT)}...` : text
}
