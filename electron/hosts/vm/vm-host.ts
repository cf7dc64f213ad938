import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.ts'
import type { HostMachine, HostMachineChange, HostReset, HostStatus, HostUsage } from '../../ipc/contract.ts'
import { startDetached } from '../daemon-process.ts'
import { FollowedHost } from '../followed-host.ts'
import { lastLinesOf } from '../last-lines.ts'
import { CompactedSchema } from './compacted.ts'
import { diskPlace } from './data-disk/disk-record.ts'
import { checkChange, describeMachine, flagsOf, keepChange } from './machine-change.ts'
import { MachineWork } from './machine-work.ts'
import { parseJson } from './parse-json.ts'
import { bytesOnDisk } from './resources.ts'
import { type Seen, SUSPENDED, seenAfterFailure, seenOf } from './seen-from-desktop.ts'
import { settingsOf } from './settings.ts'
import { ControlClient } from './supervisor/control-client.ts'
import { forgetFailure, lastFailure } from './supervisor/last-failure.ts'
import { refuseSuspended } from './suspend/refuse-suspended.ts'
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
  readonly #work = new MachineWork(this.state, () => this.#off())
  /** Why it is being started again; worth telling until it runs. */
  #crash: Failure | undefined

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
          this.state.become({ ...seenOf(status, this.#crash), ...this.#work.seenWith(status), hint: status.hint })
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
    this.#refuseAtWork()
    return this.alone(() => this.#work.run(reset.size, () => this.#run(['reset', reset.size, '--yes'], reset.size === 'erase' ? OFF : RUNNING)))
  }

  override machine(): Promise<HostMachine> {
    return describeMachine(this.#parts.folder)
  }

  override async changeMachine(change: HostMachineChange): Promise<HostStatus> {
    const { folder } = this.#parts
    this.#refuseAtWork()
    const { growsWhileOn } = await checkChange(folder, change)
    if (!(await this.#control.status())) {
      await keepChange(folder, change)
      return this.status
    }
    const { diskBytes, ...others } = change
    const grow = async (bytes: number) => {
      await this.#control.resize(bytes)
      return this.status
    }
    const isOnlyGrowing = growsWhileOn && Object.keys(others).length === 0 && diskBytes !== undefined
    return this.alone(() => this.#work.run('change', () => (isOnlyGrowing ? grow(diskBytes) : this.#run(['restart', ...flagsOf(change)], RUNNING))))
  }

  override async compact(): Promise<HostStatus> {
    this.#refuseAtWork()
    await refuseSuspended(this.#parts.folder, 'its disk cannot be compacted')
    return this.alone(() => this.#work.run('compact', () => this.#compact()))
  }

  async #compact(): Promise<HostStatus> {
    const { logPath } = this.#parts
    const wasOn = (await this.#control.status()) !== undefined
    if (wasOn && (await this.#run(['stop'], OFF, { ...OFF, state: 'stopping', detail: '' })).state === 'failed') return this.status
    const compacted = await this.#run(['compact', '--json'], OFF, { ...OFF, detail: 'Its disk is being compacted.' })
    const told = parseJson(CompactedSchema, lastLinesOf(logPath))
    if (compacted.state !== 'failed' && told) this.#work.gaveBack(told.givenBackBytes)
    // What it was before is what it is to be again, also where that has failed: why is told.
    const failed = compacted.state === 'failed' ? compacted.detail : undefined
    const after = wasOn ? await this.#run(['start'], RUNNING) : compacted
    if (failed !== undefined) throw new Error(failed)
    return after
  }

  #refuseAtWork(): void {
    if (this.isStarting) throw new Error('The virtual machine is being started: wait, or stop it first.')
  }

  protected async launch(): Promise<HostStatus> {
    const isThere = (await this.#control.status())?.state === 'running'
    const start = () => this.#run(['start'], RUNNING)
    return isThere ? start() : this.#work.run('start', start)
  }

  override async dismissWork(id: number): Promise<HostStatus> {
    return this.#work.dismiss(id) ? this.stop() : this.status
  }

  /** Runs a command of `engineroom vm` to its end. @param after how it is when that was good @param during how it is meanwhile */
  async #run(words: readonly string[], after: Seen, during: Seen = { ...OFF, state: 'starting', detail: '' }): Promise<HostStatus> {
    const { folder, command, logPath } = this.#parts
    this.#crash = undefined
    this.state.become(during)
    try {
      await forgetFailure(folder.lastFailure) // The next one is of this start.
      const code = await startDetached([...command, ...words, '--name', folder.name], logPath).ended
      if (code === 0) return this.state.become(after)
      if (this.status.state === 'failed' || this.#work.isCalledOff) return this.status
      const failure = await lastFailure(folder.lastFailure)
      return this.state.become(failure ? seenAfterFailure(failure) : { ...OFF, state: 'failed', detail: lastLinesOf(logPath) })
    } catch (error) {
      return this.state.become({ ...OFF, state: 'failed', detail: `The VM could not be started: ${messageOf(error)}.` })
    }
  }
}
