import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import type { HostReset, HostStatus, HostUsage, HostWork } from '../../ipc/contract.ts'
import { startDetached } from '../daemon-process.ts'
import { FollowedHost } from '../followed-host.ts'
import { lastLinesOf } from '../last-lines.ts'
import { diskPlace } from './data-disk/disk-record.ts'
import { bytesOnDisk } from './resources.ts'
import { type Seen, SUSPENDED, seenAfterFailure, seenOf } from './seen-from-desktop.ts'
import { settingsOf } from './settings.ts'
import type { VmStatus } from './status.ts'
import { ControlClient } from './supervisor/control-client.ts'
import { forgetFailure, lastFailure } from './supervisor/last-failure.ts'
import { suspendedState } from './suspend/suspended-state.ts'
import type { VmFolder } from './vm-folder.ts'
import type { Failure } from './vm-state.ts'

/** Between two looks for a VM that is off. While it is there nothing is asked. */
const LOOK_AGAIN_MS = 500
/** While it is being started by us its first words are worth hearing soon. */
const LOOK_SOON_MS = 100

const OFF: Seen = { state: 'stopped', detail: 'The virtual machine is off.', remedy: '', lastLines: [], stages: [] }

const RUNNING: Seen = { ...OFF, state: 'running', detail: '' }

export interface VmHostParts {
  readonly folder: VmFolder
  /** `engineroom vm`. */
  readonly command: readonly [string, ...string[]]
  /** Gets the output of its `start`. */
  readonly logPath: string
}

/** The engine in a virtual machine. The machine is its supervisor's, which outlives us: this follows it, and asks it. */
export class VmHost extends FollowedHost {
  readonly #parts: VmHostParts
  readonly #control: ControlClient
  /** Why it is being started again; worth telling until it runs. */
  #crash: Failure | undefined
  #works = 0
  #wasCalledOff = false

  constructor(parts: VmHostParts) {
    const may = { canStart: true, canStop: true, canChoose: false }
    super({ kind: 'vm', socketPath: parts.folder.engineSocket, ...OFF, detail: '', ...may })
    this.#parts = parts
    this.#control = new ControlClient(parts.folder.controlSocket)
  }

  async stop(): Promise<HostStatus> {
    await this.#control.stop()
    return this.state.become(await this.#off())
  }

  override async awake(): Promise<void> {
    await this.#control.awake().catch(() => undefined) // Its supervisor sees it by itself, some seconds later.
  }

  async #off(): Promise<Seen> {
    return (await suspendedState(this.#parts.folder)) ? { ...OFF, detail: SUSPENDED } : OFF
  }

  protected async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const status of this.#control.follow(signal)) {
          this.#crash = status.state === 'running' ? undefined : (status.failure ?? this.#crash)
          this.state.become({ ...seenOf(status, this.#crash), ...this.#cancellable(status), hint: status.hint })
        }
      } catch (error) {
        if (signal.aborted) return
        this.state.become({ ...OFF, state: 'failed', detail: messageOf(error) })
      }
      // A start that is under way, or has failed, has more to say than that nobody is there.
      const { state } = this.status
      if (state === 'running' || state === 'stopping' || (state === 'starting' && !this.isStarting)) this.state.become(await this.#off())
      await delay(this.isStarting ? LOOK_SOON_MS : LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined) // Aborted: the loop ends.
    }
  }

  override async usage(): Promise<HostUsage> {
    const { folder } = this.#parts
    const now = await this.#control.status()
    if (now) {
      const { path, sizeBytes, hostBytes } = now.disk
      return { name: now.name, cpus: now.cpus, cpuSeconds: now.cpu.seconds, memory: now.memory, disk: { path, sizeBytes, hostBytes } }
    }
    const { cpus, memoryBytes, diskBytes } = await settingsOf(folder)
    const { path } = await diskPlace(folder)
    return { name: folder.name, cpus, memory: { sizeBytes: memoryBytes }, disk: { path, sizeBytes: diskBytes, hostBytes: await bytesOnDisk(path) } }
  }

  override async reset(reset: HostReset): Promise<HostStatus> {
    const { name } = this.#parts.folder
    if (reset.size === 'erase' && reset.typedName !== name) throw new Error(`Nothing was erased: its name is ${name}.`)
    if (this.isStarting) throw new Error('The virtual machine is being started: wait, or stop it first.')
    return this.alone(() => this.#work(reset.size, () => this.#run(['reset', reset.size, '--yes'], reset.size === 'erase' ? OFF : RUNNING)))
  }

  protected async launch(): Promise<HostStatus> {
    const isThere = (await this.#control.status())?.state === 'running'
    const start = () => this.#run(['start'], RUNNING)
    return isThere ? start() : this.#work('start', start)
  }

  override async dismissWork(id: number): Promise<HostStatus> {
    const { work } = this.status
    if (work?.id !== id) return this.status
    if (work.phase !== 'working') return this.state.become({ work: undefined })
    if (!work.canCancel) throw new Error('This cannot be called off: wait until it is done.')
    this.#wasCalledOff = true
    return this.stop()
  }

  /** Tells of it as of work, whatever page looks, and what came of it. */
  async #work(kind: HostWork['kind'], run: () => Promise<HostStatus>): Promise<HostStatus> {
    const id = ++this.#works
    this.#wasCalledOff = false
    const tell = (phase: HostWork['phase'], error = '') => this.state.become({ work: { id, kind, phase, canCancel: false, error } })
    tell('working')
    const { state, detail } = await run()
    if (this.#wasCalledOff && state !== 'running') return this.state.become({ ...(await this.#off()), work: undefined })
    return state === 'failed' ? tell('failed', detail) : tell('done')
  }

  /** A boot can be called off once its supervisor is there to do it. */
  #cancellable({ state }: VmStatus): Pick<HostStatus, 'work'> {
    const { work } = this.status
    return work?.phase === 'working' ? { work: { ...work, canCancel: work.kind === 'start' && state === 'starting' } } : {}
  }

  /** Runs a command of `engineroom vm` to its end. @param after how it is when that was good */
  async #run(words: readonly string[], after: Seen): Promise<HostStatus> {
    const { folder, command, logPath } = this.#parts
    this.#crash = undefined
    this.state.become({ ...OFF, state: 'starting', detail: '' })
    try {
      await forgetFailure(folder.lastFailure) // The next one is of this start.
      const code = await startDetached([...command, ...words, '--name', folder.name], logPath).ended
      if (code === 0) return this.state.become(after)
      if (this.status.state === 'failed' || this.#wasCalledOff) return this.status
      const failure = await lastFailure(folder.lastFailure)
      return this.state.become(failure ? seenAfterFailure(failure) : { ...OFF, state: 'failed', detail: lastLinesOf(logPath) })
    } catch (error) {
      return this.state.become({ ...OFF, state: 'failed', detail: `The VM could not be started: ${messageOf(error)}.` })
    }
  }
}
