import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { toolMark } from './unfinished.ts'

/** What conmon needs to know about the process that it will hold. */
export interface MonitorRequest {
  /** Names the exit file. */
  readonly id: string
  /** The container in the runtime's eyes: the same as `id`, or for an exec the container that it enters. */
  readonly containerId: string
  /** The OCI bundle, or for an exec the folder of its process spec. Holds `attach`, `ctl`, `pidfile`. */
  readonly bundle: string
  readonly runtimePath: string
  readonly runtimeArgs: readonly string[]
  readonly exitDir: string
  /** Where conmon keeps the symbolic link to the attach socket. */
  readonly socketDir: string
  /** `k8s-file` path, or undefined to keep no log. */
  readonly logPath: string | undefined
  readonly hasTty: boolean
  readonly hasStdin: boolean
  /** Standard input survives the client that leaves. */
  readonly keepsStdinOpen: boolean
  /** Set for `exec`: the OCI process spec. */
  readonly execProcess?: { readonly path: string }
}

/** The runtime refused: its own words, which clients look into for exit codes 126 and 127. */
export class RuntimeFailure extends Error {
  override name = 'RuntimeFailure'
}

/**
 * Starts conmon, which starts the runtime, and waits until the runtime has created the process. The process has
 * not run yet (create), or waits for {@link ExecGate} (exec).
 *
 * conmon goes on without the daemon: it reaps the process, writes its log and its exit file.
 * @throws RuntimeFailure with the runtime's message
 * @see conmon(8)
 */
export async function startMonitor(conmon: string, request: MonitorRequest): Promise<{ pid: number; gate: ExecGate | undefined }> {
  const isExec = request.execProcess !== undefined
  const child = spawn(conmon, monitorArguments(request), {
    cwd: request.bundle,
    // 3: sync pipe (pid, error, exit code of an exec), 4: start pipe (one byte lets conmon go on), 5: attach pipe
    // (an exec's conmon says there that its attach socket listens).
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', isExec ? 'pipe' : 'ignore'],
    detached: true,
    env: { PATH: process.env.PATH, ...toolMark(), _OCI_SYNCPIPE: '3', _OCI_STARTPIPE: '4', ...(isExec && { _OCI_ATTACHPIPE: '5' }) },
  })
  const [, , stderr, sync, start, attach] = child.stdio as (Duplex | null)[]
  const spawned = Promise.withResolvers<void>()
  child.once('error', (cause) => spawned.reject(new RuntimeFailure(`${conmon} could not be started: ${cause.message}`, { cause })))
  child.once('spawn', () => spawned.resolve())
  await spawned.promise
  child.unref()
  if (!stderr || !sync || !start) throw new RuntimeFailure('conmon started without its pipes')
  const complaint = text(stderr)
  const answers = new SyncPipe(sync, complaint)
  start.on('error', () => {}) // conmon may be gone already; the sync pipe says why.
  start.write('\0')
  if (isExec && attach) {
    await new SyncPipe(attach, complaint).next()
    return { pid: 0, gate: new ExecGate(start, answers) }
  }
  start.end()
  return { pid: await answers.next(), gate: undefined }
}

/**
 * An exec waits here until its client is attached, so that no output is lost.
 */
export class ExecGate {
  readonly #start: Duplex
  readonly #answers: SyncPipe

  constructor(start: Duplex, answers: SyncPipe) {
    this.#start = start
    this.#answers = answers
  }

  /** Lets the process start. @returns its pid @throws RuntimeFailure when it could not be started */
  open(): Promise<number> {
    this.#start.end('\0')
    return this.#answers.next()
  }

  /** The process's exit code, once it has ended. @throws RuntimeFailure when conmon died before it knew */
  exitCode(): Promise<number> {
    return this.#answers.next()
  }

  /** Gives up an exec that was never let go: conmon reads the end of its pipe and starts nothing. */
  abandon(): void {
    this.#start.destroy()
  }
}

/** conmon's way to its parent: one JSON object per line, `{"data":N}` or `{"pid":N}`, negative with a message on failure. */
class SyncPipe {
  readonly #lines: AsyncIterator<string>
  readonly #complaint: Promise<string>

  constructor(pipe: Duplex, complaint: Promise<string>) {
    this.#lines = readLines(pipe)
    this.#complaint = complaint
  }

  /** @throws RuntimeFailure */
  async next(): Promise<number> {
    const line = await this.#lines.next()
    if (line.done) throw new RuntimeFailure((await this.#complaint).trim() || 'conmon ended without a word')
    const { value, message } = parseAnswer(line.value)
    if (value !== undefined && value >= 0) return value
    throw new RuntimeFailure(message || (await this.#complaint).trim() || `conmon reported ${line.value}`)
  }
}

function parseAnswer(line: string): { value: number | undefined; message: string } {
  const { pid, data, message } = JSON.parse(line) as { pid?: unknown; data?: unknown; message?: unknown }
  const value = typeof pid === 'number' ? pid : typeof data === 'number' ? data : undefined
  return { value, message: typeof message === 'string' ? message : '' }
}

function monitorArguments(request: MonitorRequest): string[] {
  // biome-ignore format: a flag and its value in a row
  return [
    '--api-version', '1',
    '-c', request.containerId,
    '-u', request.id,
    '-n', request.id.slice(0, 12),
    '-r', request.runtimePath,
    ...request.runtimeArgs.flatMap((argument) => ['--runtime-arg', argument]),
    '-b', request.bundle,
    '-p', join(request.bundle, 'pidfile'),
    '-P', join(request.bundle, 'conmon.pid'),
    '--exit-dir', request.exitDir,
    '--persist-dir', request.bundle,
    '--socket-dir-path', request.socketDir,
    '-l', request.logPath ? `k8s-file:${request.logPath}` : 'none',
    '--log-level', 'error',
    '--no-sync-log',
    '--full-attach',
    ...(request.hasTty ? ['-t'] : []),
    ...(request.hasStdin ? ['-i'] : []),
    ...(request.keepsStdinOpen ? ['--leave-stdin-open'] : []),
    ...(request.execProcess ? ['-e', '--exec-attach', '--exec-process-spec', request.execProcess.path] : []),
  ]
}

async function* readLines(pipe: Duplex): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of pipe) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
  }
  if (rest !== '') yield rest
}
