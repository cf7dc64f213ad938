import { EngineError, messageOf } from '../errors.ts'
import { AttachSocket } from '../linux/attach-socket.ts'
import { type ExecGate, RuntimeFailure } from '../linux/monitor.ts'
import type { OciProcess } from '../linux/oci.ts'
import { runtimeWords } from '../linux/runtime-words.ts'
import { ensureConfinement, profileFor } from './confinement.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { Exec, ExecConfig } from './exec-store.ts'
import { DRAIN_TIMEOUT_MS, type OutputSink, settledWithin } from './io.ts'
import { presentLinkEnvironment } from './links.ts'
import { environmentFor, ociUser, privilegesFor } from './oci-spec.ts'
import type { ContainerParts } from './parts.ts'
import { runtimeOf } from './start.ts'
import { isLive } from './state.ts'
import { resolveUser } from './user.ts'

/**
 * Registers a process to be run in a container.
 * @throws EngineError `invalid` without a command or for an unknown user, `conflict` when the container does not run
 * @see Engine API 1.51 ContainerExec
 */
export async function createExec(parts: ContainerParts, reference: string, config: ExecConfig): Promise<Exec> {
  if (config.command.length === 0) throw new EngineError('invalid', 'No exec command specified')
  const container = parts.store.get(reference)
  requireRunning(container, reference)
  if (config.user !== '') await userOf(parts, container, config.user)
  const exec = parts.execs.add(container.id, config)
  publishContainer(parts.events, container, `exec_create: ${commandLine(config)}`, { execID: exec.id })
  return exec
}

/** Docker's own form: the program, a blank, its arguments. */
function commandLine({ command: [program = '', ...words] }: ExecConfig): string {
  return `${program} ${words.join(' ')}`
}

function requireRunning(container: Container, reference: string): void {
  switch (container.state.status) {
    case 'running':
      return
    case 'paused':
      throw new EngineError('conflict', `Container ${reference} is paused, unpause the container before exec`)
    case 'restarting':
      throw new EngineError('conflict', `Container ${container.id} is restarting, wait until the container is running`)
    default:
      throw new EngineError('conflict', `container ${container.id} is not running`)
  }
}

function userOf(parts: ContainerParts, container: Container, user: string) {
  return resolveUser(parts.paths.merged(container.id), user, container.spec.hostConfig.GroupAdd ?? [])
}

/** The streams of an exec that was started: what comes out goes to the sink given to {@link startExec}. */
export interface ExecStreams {
  write(data: Uint8Array): Promise<void>
  endInput(): void
  /** Leaves the process alone with its output. */
  detach(): void
}

/**
 * Starts a registered exec once. `sink.ended` is called when its exit code can be inspected.
 * @throws EngineError `conflict` when it was started before, or a RuntimeFailure-like `invalid` when the command cannot
 *   be run: its exit code is then 126 or 127
 * @see Engine API 1.51 ExecStart
 */
export async function startExec(parts: ContainerParts, exec: Exec, sink: OutputSink): Promise<ExecStreams> {
  if (exec.state.status !== 'created') {
    throw new EngineError('conflict', `exec command ${exec.id} ${exec.state.status === 'exited' ? 'has already run' : 'is already running'}`)
  }
  const container = parts.store.get(exec.containerId)
  requireRunning(container, container.id)
  exec.state = { status: 'starting' }
  try {
    return await container.stillness.enter(() => launch(parts, container, exec, sink))
  } catch (error) {
    const { message, exitCode } = describeExecFailure(error)
    await parts.execs.finish(exec, exitCode)
    publishContainer(parts.events, container, 'exec_die', { execID: exec.id, exitCode: String(exitCode) })
    throw new EngineError('invalid', message, { cause: error })
  }
}

async function launch(parts: ContainerParts, container: Container, exec: Exec, sink: OutputSink): Promise<ExecStreams> {
  const { config } = exec
  await ensureConfinement(profileFor(container.spec.hostConfig, parts.facts))
  const gate = await parts.runtime.exec(container.id, exec.id, await execProcess(parts, container, config), {
    runtime: runtimeOf(parts, container),
    hasTty: config.tty,
    hasStdin: config.attachStdin,
    keepsStdinOpen: false,
  })
  const outputEnded = Promise.withResolvers<void>()
  let listener: OutputSink | undefined = sink
  const socket = await AttachSocket.connect(parts.runtime.attachPath(exec.id), {
    output: (stream, data) => listener?.output(stream, data),
    ended: () => outputEnded.resolve(),
  }).catch((error: unknown) => {
    gate.abandon()
    throw error
  })
  const pid = await openGate(gate, socket)
  exec.state = { status: 'running', pid }
  publishContainer(parts.events, container, `exec_start: ${commandLine(config)}`, { execID: exec.id })
  void waitForEnd(parts, container, exec, gate, outputEnded.promise).then(() => listener?.ended())
  return {
    write: (data) => socket.write(data),
    endInput: () => socket.endInput(),
    detach: () => {
      listener = undefined
    },
  }
}

async function openGate(gate: ExecGate, socket: AttachSocket): Promise<number> {
  try {
    return await gate.open()
  } catch (error) {
    socket.close()
    throw error
  }
}

async function waitForEnd(parts: ContainerParts, container: Container, exec: Exec, gate: ExecGate, outputEnded: Promise<void>): Promise<void> {
  let exitCode: number
  try {
    exitCode = await gate.exitCode()
  } catch (error) {
    // conmon was killed with the container: there is nobody left who knows better.
    parts.log.debug('an exec ended without an exit code', { exec: exec.id, error: messageOf(error) })
    exitCode = 137
  }
  await settledWithin(outputEnded, DRAIN_TIMEOUT_MS)
  await parts.execs.finish(exec, exitCode)
  publishContainer(parts.events, container, 'exec_die', { execID: exec.id, exitCode: String(exitCode) })
}

async function execProcess(parts: ContainerParts, container: Container, config: ExecConfig): Promise<OciProcess> {
  const user = await userOf(parts, container, config.user || container.spec.config.User || '')
  const [height = 0, width = 0] = config.consoleSize
  return {
    terminal: config.tty,
    ...(config.tty && height > 0 && width > 0 && { consoleSize: { height, width } }),
    user: ociUser(user),
    args: config.command,
    env: execEnvironment(container, config, environmentFor(container, user, presentLinkEnvironment(parts, container))),
    cwd: config.workingDir || container.spec.config.WorkingDir || '/',
    ...privilegesFor(container, parts.facts, user.uid === 0, config.privileged),
  }
}

/** The container's environment, `TERM` for a terminal, then what the client gave. */
function execEnvironment(container: Container, config: ExecConfig, inherited: readonly string[]): string[] {
  const entries = new Map(inherited.map((entry) => [entry.split('=', 1)[0] ?? '', entry]))
  if (config.tty && !container.hasTty) entries.set('TERM', 'TERM=xterm')
  for (const entry of config.env) entries.set(entry.split('=', 1)[0] ?? '', entry)
  return [...entries.values()].filter((entry) => entry.includes('='))
}

/** @see engine-api notes 3.2: the text of the error decides between 126 and 127 */
function describeExecFailure(error: unknown): { message: string; exitCode: number } {
  if (!(error instanceof RuntimeFailure)) return { message: messageOf(error), exitCode: 126 }
  const words = runtimeWords(error.message)
  const message = `OCI runtime exec failed: ${words}: unknown`
  return { message, exitCode: /executable file not found|no such file or directory/.test(words) ? 127 : 126 }
}

/** The client of an exec has left by its detach keys. */
export function announceExecDetach(parts: ContainerParts, exec: Exec): void {
  publishContainer(parts.events, parts.store.get(exec.containerId), 'exec_detach', { execID: exec.id })
}

/** @throws EngineError `conflict` when the exec does not run (yet): clients try again */
export async function resizeExec(parts: ContainerParts, exec: Exec, height: number, width: number): Promise<void> {
  for (let waitedMs = 0; exec.state.status === 'starting' && waitedMs < 10_000; waitedMs += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  if (exec.state.status !== 'running') throw new EngineError('conflict', `exec ${exec.id} is not running`)
  await parts.runtime.resize(exec.id, height, width)
}

/** @throws EngineError `conflict` when the container does not run */
export async function resizeContainer(parts: ContainerParts, container: Container, height: number, width: number): Promise<void> {
  if (!isLive(container.state)) throw new EngineError('conflict', `container ${container.id} is not running`)
  await parts.runtime.resize(container.id, height, width)
  publishContainer(parts.events, container, 'resize', { height: String(height), width: String(width) })
}
