import { setTimeout as delay } from 'node:timers/promises'
import type { BootAssets } from '../assets.ts'
import type { Capabilities, DataDisk, Machine, MachineSpec, VmDriver } from '../driver.ts'
import { freePort } from '../free-port.ts'
import { MachineProcess } from '../machine-process.ts'
import { PlainError } from '../plain-error.ts'
import { type Accelerator, chooseAccelerator } from './accelerators.ts'
import { qemuArguments, qemuProgram } from './command-line.ts'
import { compactDisk, prepareDisk, repairDisk } from './disk.ts'
import { openPort } from './open-port.ts'
import { isNobodyThere, QmpClient } from './qmp.ts'

export interface QemuParts {
  readonly qmpSocket: string
  /** Where it is remembered which accelerator works. */
  readonly acceleratorMemory: string
}

/** QEMU opens its monitor before it runs the guest. */
const MONITOR_TRIES_EVERY_MS = 50
const MONITOR_DEADLINE_MS = 20_000

/** A QEMU that nobody watches any more has this long to shut its guest down. */
const LEFT_OVER_DEADLINE_MS = 40_000

/** Machines as QEMU processes, children of ours. */
export class QemuDriver implements VmDriver {
  readonly capabilities: Capabilities = { shares: '9p', balloon: true, suspend: true, vsock: false, discard: true, onlineResize: true }
  readonly #parts: QemuParts
  readonly #accelerators = new Map<string, Accelerator>()

  constructor(parts: QemuParts) {
    this.#parts = parts
  }

  prepareDisk(disk: DataDisk): Promise<void> {
    return prepareDisk(disk)
  }

  repairDisk(path: string): Promise<void> {
    return repairDisk(path)
  }

  compactDisk(path: string): Promise<number> {
    return compactDisk(path)
  }

  async prepareMachine(assets: BootAssets, signal: AbortSignal, say: (progress: string) => void): Promise<void> {
    await this.#endLeftOver(say)
    this.#accelerators.set(assets.kernel, await chooseAccelerator(assets, this.#parts.acceleratorMemory, signal, say))
  }

  async start(spec: MachineSpec): Promise<Machine> {
    const accelerator = this.#accelerators.get(spec.assets.kernel) ?? 'tcg'
    const { qmpSocket } = this.#parts
    const enginePort = await freePort()
    const child = new MachineProcess(qemuProgram(spec.assets.arch), qemuArguments({ spec, platform: process.platform, accelerator, qmpSocket, enginePort }))
    let end: string | undefined
    void child.ended.then(({ reason }) => (end = reason))
    const deadline = Date.now() + MONITOR_DEADLINE_MS
    let monitor: QmpClient | undefined
    while (!monitor) {
      if (end !== undefined)
        throw new PlainError(end, 'On Debian: apt-get install qemu-system-x86 (or qemu-system-arm). Is another program using the data disk?')
      if (Date.now() > deadline) {
        await child.kill()
        throw new PlainError(`QEMU did not open its monitor within ${MONITOR_DEADLINE_MS / 1000} s.`)
      }
      monitor = await connectIfThere(qmpSocket)
      if (!monitor) await delay(MONITOR_TRIES_EVERY_MS)
    }
    return machine(child, monitor, enginePort, accelerator)
  }

  /** Whoever watched over it was killed. Its guest is shut down, not cut off: it may hold what was never written. */
  async #endLeftOver(say: (progress: string) => void): Promise<void> {
    const ended = Promise.withResolvers<void>()
    const monitor = await connectIfThere(this.#parts.qmpSocket)
    if (!monitor) return
    say('shutting down a machine that was left over')
    monitor.onClose(ended.resolve)
    await monitor.execute('cont', {})
    await monitor.execute('system_powerdown', {})
    const late = new AbortController()
    const isOff = await Promise.race([ended.promise.then(() => true), delay(LEFT_OVER_DEADLINE_MS, false, { signal: late.signal })])
    late.abort()
    if (!isOff) await monitor.execute('quit', {})
    await ended.promise
  }
}

function machine(child: MachineProcess, monitor: QmpClient, enginePort: number, accelerator: Accelerator): Machine {
  void child.ended.then(() => monitor.close())
  return {
    pid: child.pid,
    enginePort,
    accelerator,
    ended: child.ended,
    onLine: (listener) => child.onLine(listener),
    pressPowerButton: async () => void (await monitor.execute('system_powerdown', {})),
    cutPower: () => child.kill(),
    openPort: (forward) => openPort(monitor, forward),
    growDisk: async (sizeBytes) => void (await monitor.execute('block_resize', { device: 'data', size: sizeBytes })),
  }
}

async function connectIfThere(path: string): Promise<QmpClient | undefined> {
  try {
    return await QmpClient.connect(path)
  } catch (error) {
    if (isNobodyThere(error)) return undefined
    throw error
  }
}
