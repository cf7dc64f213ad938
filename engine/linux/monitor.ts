import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { FifoReader, FifoWriter } from './fifo.ts'
import { runScript, run as runTool } from './run.ts'
import { quote, type ScriptOutcome } from './tool-shell.ts'

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
 * Starts conmon for a container; it waits for {@link CreateGate} before it starts the runtime. So it gets ready while the bundle is being made.
 *
 * conmon goes on without the daemon: it reaps the process, writes its log and its exit file.
 * @see conmon(8)
 */
export async function startMonitor(conmon: string, request: MonitorRequest): Promise<CreateGate> {
  const { bundle } = request
  await makeFifos(bundle, ['sync', 'start'])
  using stack = new DisposableStack()
  const sync = stack.use(new FifoReader(join(bundle, 'sync')))
  const start = stack.adopt(new FifoWriter(join(bundle, 'start')), (writer) => writer.close())
  const ended = runConmon(conmon, request, { files: '3>sync 4<start', numbers: '_OCI_SYNCPIPE=3 _OCI_STARTPIPE=4' })
  // Whoever opens or abandons the gate hears of it, which may be later.
  ended.catch(() => {})
  return new CreateGate(stack.move(), start, { sync, ended, complaint: complaintOf(bundle) })
}

/**
 * Starts conmon for a process in a running container; the process waits for {@link ExecGate}.
 * @throws RuntimeFailure with the runtime's message
 */
export async function startExecMonitor(conmon: string, request: MonitorRequest): Promise<ExecGate> {
  const { bundle } = request
  await makeFifos(bundle, ['sync', 'start', 'attached'])
  using sync = new FifoReader(join(bundle, 'sync'))
  using attached = new FifoReader(join(bundle, 'attached'))
  const start = new FifoWriter(join(bundle, 'start'))
  start.write('\0')
  const ended = runConmon(conmon, request, { files: '3>sync 4<start 5>attached', numbers: '_OCI_SYNCPIPE=3 _OCI_STARTPIPE=4 _OCI_ATTACHPIPE=5' })
  const answers = await answersOf({ sync, ended, complaint: complaintOf(bundle) })
  await new SyncPipe(attached.begin(), complaintOf(bundle)).last()
  return new ExecGate(start, answers)
}

/**
 * Files that conmon knows by number. 3: its answers (pid, error, exit code of an exec); 4: a byte lets it go on, one before it starts the runtime
 * and for an exec another; 5: it says there that its attach socket listens. They are named pipes, because it is not we who start it, but a shell.
 */
async function makeFifos(bundle: string, names: readonly string[]): Promise<void> {
  await runTool('mkfifo', ['-m', '600', ...names.map((name) => join(bundle, name))])
}

/** @returns as soon as conmon has made itself independent */
function runConmon(conmon: string, request: MonitorRequest, { files, numbers }: { files: string; numbers: string }): Promise<ScriptOutcome> {
  const { bundle } = request
  return runScript(`cd ${quote(bundle)} && ${numbers} exec ${quote(conmon, ...monitorArguments(request))} >/dev/null 2>${quote(complaintOf(bundle))} ${files}`)
}

/** The file with what conmon and the runtime write to standard error. */
function complaintOf(bundle: string): string {
  return join(bundle, 'complaint')
}

interface Launched {
  readonly sync: FifoReader
  readonly ended: Promise<ScriptOutcome>
  readonly complaint: string
}

/** @throws RuntimeFailure when conmon has not made itself independent */
async function answersOf({ sync, ended, complaint }: Launched): Promise<SyncPipe> {
  const { exitCode } = await ended
  const answers = new SyncPipe(sync.begin(), complaint)
  if (exitCode === 0) return answers
  answers.close()
  throw new RuntimeFailure((await said(complaint)) || `conmon ended with exit code ${exitCode}`)
}

/** conmon waits here with its runtime until the bundle is complete. To be opened or abandoned. */
export class CreateGate {
  readonly #pipes: DisposableStack
  readonly #start: FifoWriter
  readonly #launched: Launched

  constructor(pipes: DisposableStack, start: FifoWriter, launched: Launched) {
    this.#pipes = pipes
    this.#start = start
    this.#launched = launched
  }

  /**
   * Lets the runtime create the process. @returns its pid, once it waits to be let run
   * @throws RuntimeFailure with the runtime's message
   */
  async open(): Promise<number> {
    using _ = this.#pipes
    this.#start.write('\0')
    return await (await answersOf(this.#launched)).last()
  }

  /** Gives the container up, whose bundle has no `config.json`: the runtime makes nothing of it. @returns when it has ended */
  async abandon(): Promise<void> {
    const failure = await this.open().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(failure instanceof RuntimeFailure)) throw failure ?? new Error('the runtime has made a container of a bundle without a spec')
  }
}

/**
 * An exec waits here until its client is attached, so that no output is lost.
 */
export class ExecGate {
  readonly #start: FifoWriter
  readonly #answers: SyncPipe

  constructor(start: FifoWriter, answers: SyncPipe) {
    this.#start = start
    this.#answers = answers
  }

  /** Lets the process start. @returns its pid @throws RuntimeFailure when it could not be started */
  open(): Promise<number> {
    this.#start.write('\0')
    this.#start.close()
    return this.#answers.next()
  }

  /** The process's exit code, once it has ended. @throws RuntimeFailure when conmon died before it knew */
  exitCode(): Promise<number> {
    return this.#answers.last()
  }

  /** Gives up an exec that was never let go: conmon reads the end of its pipe and starts nothing. */
  abandon(): void {
    this.#start.close()
    this.#answers.close()
  }
}

/** conmon's way to its parent: one JSON object per line, `{"data":N}` or `{"pid":N}`, negative with a message on failure. */
class SyncPipe {
  readonly #pipe: Readable
  readonly #lines: AsyncIterator<string>
  readonly #complaint: string

  /** @param complaint the file with what conmon and the runtime wrote to standard error */
  constructor(pipe: Readable, complaint: string) {
    this.#pipe = pipe
    this.#lines = readLines(pipe)
    this.#complaint = complaint
  }

  /** The next answer. @throws RuntimeFailure, after which there is none */
  async next(): Promise<number> {
    const line = await this.#lines.next()
    const { value, message } = line.done ? { value: undefined, message: '' } : parseAnswer(line.value)
    if (value !== undefined && value >= 0) return value
    this.close()
    const reported = line.done ? 'conmon ended without a word' : `conmon reported ${line.value}`
    throw new RuntimeFailure(message || (await said(this.#complaint)) || reported)
  }

  /** The last answer that anybody wants. @throws RuntimeFailure */
  async last(): Promise<number> {
    try {
      return await this.next()
    } finally {
      this.close()
    }
  }

  close(): void {
    this.#pipe.destroy()
  }
}

async function said(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim()
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

async function* readLines(pipe: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of pipe) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
  }
  if (rest !== '') yield rest
}
