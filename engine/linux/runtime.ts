import { constants, watch } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'
import { pidsOf } from './cgroup-pids.ts'
import { removeCgroup } from './cgroups.ts'
import { type ExecGate, type MonitorRequest, startExecMonitor, startMonitor } from './monitor.ts'
import type { OciProcess, OciSpec } from './oci.ts'
import { ociJson } from './oci-json.ts'
import { isAlive, SIGKILL, sendSignal } from './process.ts'
import { run } from './run.ts'
import { endUnfinishedTools } from './unfinished.ts'

/** How long conmon may take from the end of a process to its exit file: it reads the last output first. */
const MONITOR_PATIENCE_MS = 10_000

/** So many monitors wait for their bundles at a time; the bundles of others are made first. */
const MOST_GATED = 8

/** An OCI runtime that the daemon may use. */
export interface RuntimeBinary {
  readonly path: string
  readonly args: readonly string[]
  /** runc's init waits on a fifo that the daemon opens itself; others are asked with `start`. */
  readonly isRunc: boolean
  /** Those of mounts that it knows; empty when it does not say. */
  readonly mountOptions: readonly string[]
}

export interface StreamOptions {
  readonly hasTty: boolean
  readonly hasStdin: boolean
  readonly keepsStdinOpen: boolean
}

export interface CreateOptions extends StreamOptions {
  readonly runtime: RuntimeBinary
  readonly logPath: string | undefined
}

/** How a process ended, as conmon's exit file tells it. */
export interface Exit {
  readonly id: string
  readonly exitCode: number
  readonly oomKilled: boolean
  readonly at: Date
}

/**
 * Containers as the kernel sees them: bundle, conmon, OCI runtime, cgroup. Knows ids and files, nothing of the
 * domain.
 *
 * Layout below the exec root, all of it lost at reboot, as are the processes:
 * `bundles/<24 hex>/` config.json, attach socket, ctl fifo, pid files; `exits/<id>` exit codes;
 * `sockets/` conmon's links; `runtime/` the OCI runtime's own state.
 */
export class Runtime {
  readonly #conmon: string
  readonly #root: string
  readonly #hierarchies: readonly string[]
  #gated = 0

  constructor(parts: { conmon: string; execRoot: string; cgroupHierarchies: readonly string[] }) {
    this.#conmon = parts.conmon
    this.#root = parts.execRoot
    this.#hierarchies = parts.cgroupHierarchies
  }

  /**
   * Makes the folders, and ends what a daemon before us was in the middle of.
   * @param live ids of the containers that should be running
   */
  async start(live: Iterable<string>): Promise<void> {
    for (const folder of ['bundles', 'exits', 'sockets', 'runtime']) await mkdir(join(this.#root, folder), { recursive: true, mode: 0o700 })
    await endUnfinishedTools(this.#root, live)
  }

  /** Unix socket paths hold 108 bytes, so the folder's name is a prefix of the id that is long enough to be unique. */
  bundleOf(id: string): string {
    return join(this.#root, 'bundles', id.slice(0, 24))
  }

  attachPath(id: string): string {
    return join(this.bundleOf(id), 'attach')
  }

  /**
   * Creates the container's process, which waits for {@link begin}. Its monitor gets ready while the spec is being made.
   * @param specOf makes what the spec speaks of, and the spec; is called once
   * @throws RuntimeFailure with the runtime's words, or what `specOf` throws; nothing is left then but what {@link cleanUp} removes
   */
  async create(id: string, specOf: () => Promise<OciSpec>, options: CreateOptions): Promise<number> {
    const bundle = this.bundleOf(id)
    await mkdir(bundle, { recursive: true, mode: 0o700 })
    // Each that waits has a shell for itself, which others need to get what they wait for.
    const early = this.#gated < MOST_GATED ? undefined : await specOf()
    this.#gated++
    try {
      const [made, gated] = await Promise.allSettled([early ?? specOf(), startMonitor(this.#conmon, this.#monitorRequest(id, bundle, options))])
      if (gated.status === 'rejected') throw made.status === 'rejected' ? made.reason : gated.reason
      const gate = gated.value
      try {
        if (made.status === 'rejected') throw made.reason
        await writeFile(join(bundle, 'config.json'), ociJson(made.value))
      } catch (error) {
        await rm(join(bundle, 'config.json'), { force: true })
        await gate.abandon()
        throw error
      }
      return await gate.open()
    } finally {
      this.#gated--
    }
  }

  #monitorRequest(id: string, bundle: string, options: CreateOptions): MonitorRequest {
    return {
      id,
      containerId: id,
      bundle,
      runtimePath: options.runtime.path,
      runtimeArgs: this.#runtimeArgs(options.runtime),
      exitDir: join(this.#root, 'exits'),
      socketDir: join(this.#root, 'sockets'),
      logPath: options.logPath,
      hasTty: options.hasTty,
      hasStdin: options.hasStdin,
      keepsStdinOpen: options.keepsStdinOpen,
    }
  }

  /** Lets a created process run. */
  async begin(id: string, runtime: RuntimeBinary): Promise<void> {
    if (!runtime.isRunc) {
      await run(runtime.path, [...this.#runtimeArgs(runtime), 'start', id])
      return
    }
    // What `runc start` does: its init blocks until somebody opens this fifo, then replaces itself.
    const fifo = join(this.#root, 'runtime', id, 'exec.fifo')
    const reader = await open(fifo, constants.O_RDONLY)
    try {
      await reader.read(Buffer.alloc(1), 0, 1)
    } finally {
      await reader.close()
    }
    await unlink(fifo)
  }

  /**
   * Prepares a process in a running container; it starts when the gate is opened.
   * @throws RuntimeFailure
   */
  async exec(containerId: string, execId: string, process: OciProcess, options: StreamOptions & { runtime: RuntimeBinary }): Promise<ExecGate> {
    const bundle = this.bundleOf(execId)
    await mkdir(bundle, { recursive: true, mode: 0o700 })
    const processPath = join(bundle, 'process.json')
    await writeFile(processPath, ociJson(process))
    return await startExecMonitor(this.#conmon, {
      id: execId,
      containerId,
      bundle,
      runtimePath: options.runtime.path,
      runtimeArgs: this.#runtimeArgs(options.runtime),
      exitDir: bundle,
      socketDir: join(this.#root, 'sockets'),
      logPath: undefined,
      hasTty: options.hasTty,
      hasStdin: options.hasStdin,
      keepsStdinOpen: options.keepsStdinOpen,
      execProcess: { path: processPath },
    })
  }

  /** Sets the terminal's size, in characters. @throws Error when there is no conmon to listen */
  async resize(id: string, height: number, width: number): Promise<void> {
    await this.#tellMonitor(id, `1 ${height} ${width}\n`)
  }

  /**
   * Tells conmon to go on with another log file: it closes the one that it has, makes `<log>.tmp` unless that is there, and
   * renames it to `<log>`. It does so later, in its own time.
   * @returns false when there is no conmon to listen
   * @see conmon, ctrl.c and ctr_logging.c
   */
  async reopenLog(id: string): Promise<boolean> {
    try {
      await this.#tellMonitor(id, '2 0 0\n')
      return true
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENXIO')) return false
      throw error
    }
  }

  /** Whether conmon still reads what it is told: it has not announced the exit of its process, nor was it killed. */
  async isMonitored(id: string): Promise<boolean> {
    const monitorPid = await this.monitorPid(id)
    return monitorPid !== undefined && isAlive(monitorPid) && (await this.exitOf(id)) === undefined
  }

  async #tellMonitor(id: string, line: string): Promise<void> {
    const control = await open(join(this.bundleOf(id), 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK)
    try {
      await control.write(line)
    } finally {
      await control.close()
    }
  }

  async update(id: string, runtime: RuntimeBinary, resources: unknown): Promise<void> {
    await run(runtime.path, [...this.#runtimeArgs(runtime), 'update', '--resources', '-', id], { input: JSON.stringify(resources) })
  }

  /** The exit of a container whose process has ended, if conmon has told it. */
  async exitOf(id: string): Promise<Exit | undefined> {
    const path = join(this.#root, 'exits', id)
    try {
      const [code, { mtime }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
      return { id, exitCode: Number(code), oomKilled: await exists(join(this.bundleOf(id), 'oom')), at: mtime }
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  /**
   * The exit of a container whose process has ended: conmon may be about to tell it.
   * @returns undefined when conmon is gone and has not told, or does not for ten seconds
   */
  async exitFromMonitor(id: string): Promise<Exit | undefined> {
    const deadline = Date.now() + MONITOR_PATIENCE_MS
    for (;;) {
      const monitorPid = await this.monitorPid(id)
      const isOver = monitorPid === undefined || !isAlive(monitorPid) || Date.now() > deadline
      // In this order: it writes first, then leaves.
      const exit = await this.exitOf(id)
      if (exit || isOver) return exit
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Writes the exit file of a process whose conmon was killed before it could. */
  async recordExit(id: string, exitCode: number): Promise<void> {
    const path = join(this.#root, 'exits', id)
    await writeFile(`${path}.new`, String(exitCode))
    await rename(`${path}.new`, path)
  }

  /** Calls `listener` with the id of each container that ends from now on. */
  watchExits(listener: (id: string) => void): () => void {
    // conmon writes to a temporary name with a dot and renames.
    const watcher = watch(join(this.#root, 'exits'), (event, name) => {
      if (event === 'rename' && name && !name.includes('.')) listener(name)
    })
    return () => watcher.close()
  }

  /** The pid of the container's conmon, if that still lives: it writes its exit file first, then leaves. */
  async monitorPid(id: string): Promise<number | undefined> {
    try {
      return Number(await readFile(join(this.bundleOf(id), 'conmon.pid'), 'utf8'))
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  /** Removes what is left of an ended process: cgroup, runtime state, bundle, exit file. Idempotent. */
  async cleanUp(id: string, cgroupPath: string | undefined): Promise<void> {
    await Promise.all([this.releaseProcess(id, cgroupPath), this.forgetExit(id)])
  }

  /** The part of {@link cleanUp} after which {@link exitOf} can still tell how the process ended. Idempotent. */
  async releaseProcess(id: string, cgroupPath: string | undefined): Promise<void> {
    await Promise.all([
      cgroupPath === undefined ? undefined : removeCgroup(cgroupPath, this.#hierarchies),
      rm(join(this.#root, 'runtime', id), { recursive: true, force: true }),
      rm(join(this.#root, 'sockets', id), { recursive: true, force: true }),
    ])
  }

  /** The other part of {@link cleanUp}: to be called once the exit is kept elsewhere. Idempotent. */
  async forgetExit(id: string): Promise<void> {
    await Promise.all([rm(this.bundleOf(id), { recursive: true, force: true }), rm(join(this.#root, 'exits', id), { force: true })])
  }

  /** Kills every process of a cgroup, and waits a moment for them to be gone. */
  async killAll(cgroupPath: string): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const pids = await pidsOf(cgroupPath)
      if (pids.length === 0) return
      for (const pid of pids) sendSignal(pid, SIGKILL)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Every container id that left something in the exec root. */
  async leftovers(): Promise<{ exits: string[]; states: string[]; bundles: string[] }> {
    const [exits, states, bundles] = await Promise.all(['exits', 'runtime', 'bundles'].map((folder) => readdir(join(this.#root, folder))))
    return { exits: exits ?? [], states: states ?? [], bundles: bundles ?? [] }
  }

  /** The conmon of an exec that outlived a daemon may be writing its last files there: then it takes another go. */
  async removeBundle(name: string): Promise<void> {
    await rm(join(this.#root, 'bundles', name), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  }

  #runtimeArgs(runtime: RuntimeBinary): string[] {
    return [...runtime.args, `--root=${join(this.#root, 'runtime')}`]
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
