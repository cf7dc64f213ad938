import { cpus, release } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { PlainError } from '../../plain-error.ts'
import type { Capabilities, DataDisk, Machine, MachineSpec, VmDriver } from '../driver.ts'
import { freePort } from '../free-port.ts'
import { MachineProcess } from '../machine-process.ts'
import { isNobodyThere } from '../nobody-there.ts'
import { shutDown } from '../shut-down.ts'
import { type Accelerator, chooseAccelerator } from './accelerators.ts'
import { qemuArguments, qemuProgram } from './command-line.ts'
import { compactDisk, prepareDisk, repairDisk } from './disk.ts'
import { guestGrows } from './guest-grows.ts'
import { openPort } from './open-port.ts'
import { QmpClient } from './qmp.ts'
import { goOnFrom, suspend } from './suspend.ts'
import { qemuVersion } from './version.ts'

export interface QemuParts {
  readonly qmpSocket: string
  /** Through which a state passes. */
  readonly stateSocket: string
  /** Where it is remembered which accelerator works. */
  readonly acceleratorMemory: string
}

const MONITOR_TRIES_EVERY_MS = 10

/** A QEMU that nobody watches any more has this long to shut its guest down. */
const LEFT_OVER_DEADLINE_MS = 40_000

/** Machines as QEMU processes, children of ours. */
export class QemuDriver implements VmDriver {
  readonly capabilities: Capabilities = {
    shares: process.platform === 'win32' ? 'none' : '9p',
    givesFilesAway: process.getuid?.() === 0,
    balloon: true,
    onlineResize: true,
    suspend: process.platform === 'linux', // Nobody has tried it elsewhere.
  }
  readonly #parts: QemuParts
  /** Of the QEMU that is about to be started: to ask it is to start one more. */
  #version: string | undefined

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

  endLeftOver(signal: AbortSignal, say: (progress: string) => void): Promise<void> {
    return endLeftOver(this.#parts.qmpSocket, signal, say)
  }

  async makeOf(spec: MachineSpec, signal: AbortSignal): Promise<string> {
    const { qmpSocket, acceleratorMemory } = this.#parts
    const version = await qemuVersion(qemuProgram(spec.assets.arch), signal)
    this.#version = version
    const accelerator = await chooseAccelerator(spec.assets, version, acceleratorMemory, signal, () => undefined)
    // The guest has seen what this processor can do, unless it is QEMU's own.
    const processor = accelerator === 'tcg' ? '' : `${cpus()[0]?.model} ${release()}`
    return [version, processor, ...qemuArguments({ spec, platform: process.platform, accelerator, qmpSocket, enginePort: 0 })].join('\n')
  }

  async start(spec: MachineSpec, signal: AbortSignal, say: (progress: string) => void): Promise<Machine> {
    const { qmpSocket, stateSocket, acceleratorMemory } = this.#parts
    await this.endLeftOver(signal, say)
    const version = this.#version ?? (await qemuVersion(qemuProgram(spec.assets.arch), signal))
    this.#version = undefined
    const [accelerator, enginePort] = await Promise.all([chooseAccelerator(spec.assets, version, acceleratorMemory, signal, say), freePort()])
    signal.throwIfAborted()
    const child = new MachineProcess(
      qemuProgram(spec.assets.arch),
      qemuArguments({ spec, platform: process.platform, accelerator, qmpSocket, enginePort }),
      {},
      isComplaint,
    )
    try {
      const monitor = await monitorOf(child, qmpSocket, signal)
      if (spec.stateFile !== undefined) {
        const tookMs = await goOnFrom(spec.stateFile, child, monitor, stateSocket, signal)
        say(`${(tookMs / 1000).toFixed(2)} s of it by QEMU`)
      }
      return machine({ child, monitor, stateSocket, enginePort, accelerator })
    } catch (error) {
      await child.kill()
      throw error
    }
  }
}

/** QEMU opens its monitor before it runs the guest. @throws PlainError when it ends instead, or takes too long; the signal's reason */
async function monitorOf(child: MachineProcess, path: string, signal: AbortSignal): Promise<QmpClient> {
  const off = new AbortController()
  void child.ended.then(({ reason }) => off.abort(new PlainError(reason, remedyFor(reason))))
  const either = AbortSignal.any([signal, off.signal])
  for (;;) {
    const monitor = await connectIfThere(path, either)
    if (monitor) return monitor
    await delay(MONITOR_TRIES_EVERY_MS)
  }
}

/** What QEMU says while it mends the tables of a disk that was not closed is no reason for anything. */
export function isComplaint(line: string): boolean {
  return !/^(?:(?:ERROR|Leaked) cluster|Repairing cluster|Rebuilding refcount structure|The following inconsistencies were found|Double checking the fixed image)/.test(
    line,
  )
}

/** What can be done about a QEMU that ends at once. @param reason its own words */
export function remedyFor(reason: string): string {
  if (/allocate memory/i.test(reason)) return 'This computer has not that much memory to give: engineroom vm start --memory 1g'
  if (/"write" lock|lock file/i.test(reason)) return 'Another program uses the data disk: is a virtual machine with the same disk running?'
  return ''
}

/** Whoever watched over it was killed. Its guest is shut down, not cut off: it may hold what was never written. */
async function endLeftOver(qmpSocket: string, signal: AbortSignal, say: (progress: string) => void): Promise<void> {
  const monitor = await connectIfThere(qmpSocket, signal)
  if (!monitor) return
  const ended = new Promise<void>((resolve) => monitor.onClose(resolve))
  const giveUp = () => monitor.close()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    say('shutting down a machine that was left over')
    // Refused by one whose guest is beyond that: then it is cut off in the end.
    await monitor.execute('cont', {}).catch(() => undefined)
    const pressPowerButton = async () => void (await monitor.execute('system_powerdown', {}))
    const cutPower = async () => {
      await monitor.execute('quit', {}).catch(() => undefined) // It may be gone before it has answered.
      await ended
    }
    await shutDown({ ended, pressPowerButton, cutPower }, LEFT_OVER_DEADLINE_MS)
  } finally {
    signal.removeEventListener('abort', giveUp)
    monitor.close()
  }
}

interface MachineParts extends Pick<Machine, 'enginePort'> {
  readonly child: MachineProcess
  readonly monitor: QmpClient
  readonly stateSocket: string
  readonly accelerator: Accelerator
}

function machine({ child, monitor, stateSocket, ...known }: MachineParts): Machine {
  void child.ended.then(() => monitor.close())
  return {
    pid: child.pid,
    ...known,
    ended: child.ended,
    onLine: (listener) => child.onLine(listener),
    onResume: (listener) => monitor.onEvent('RESUME', listener),
    pressPowerButton: async () => void (await monitor.execute('system_powerdown', {})),
    cutPower: () => child.kill(),
    suspend: (stateFile) => suspend(stateFile, child, monitor, stateSocket),
    openPort: (forward) => openPort(monitor, forward),
    growDisk: async (sizeBytes) => {
      await monitor.execute('block_resize', { device: 'data', size: sizeBytes })
      return guestGrows(child)
    },
  }
}

async function connectIfThere(path: string, signal: AbortSignal): Promise<QmpClient | undefined> {
  try {
    return await QmpClient.connect(path, signal)
  } catch (error) {
    if (isNobodyThere(error)) return undefined
    throw error
  }
}
