import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { CLIENT } from '../cli/ours.ts'
import type { TestDaemon } from '../harness/daemon.ts'
import type { Outcome } from '../harness/run.ts'

/** `engineroom data move` under way, which somebody may kill. */
export interface Moving {
  readonly ended: Promise<Outcome>
  /** The client has told of progress: the engine knows what it is asked for. */
  hasBegun(): boolean
  kill(): void
}

/** @param isStopped the engine does not run: the client starts a program of the daemon's, which moves */
export function beginMove(daemon: TestDaemon, target: string, isStopped: boolean): Moving {
  const [node, ...first] = CLIENT
  const where = isStopped ? ['--data-root', daemon.dataRoot] : ['--stop']
  const env = { ...process.env, DOCKER_HOST: `unix://${daemon.socketPath}`, DOCKER_CONFIG: join(daemon.root, 'docker-config') }
  const child = spawn(node, [...first, 'data', 'move', ...where, target], { stdio: ['ignore', 'pipe', 'pipe'], env })
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  child.on('error', reject)
  // Who was started by it may have its standard error for longer than it lives.
  child.on('exit', (code) => resolve({ code: code ?? 128, stdout, stderr }))
  return { ended: promise, hasBegun: () => stderr !== '', kill: () => child.kill('SIGKILL') }
}
