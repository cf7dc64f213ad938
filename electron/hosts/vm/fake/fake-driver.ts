import { execFile } from 'node:child_process'
import { open, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { sizeIfThere } from '../../../size-if-there.ts'
import type { Capabilities, DataDisk, Machine, MachineSpec, VmDriver } from '../driver.ts'
import { freePort } from '../free-port.ts'
import { MachineProcess } from '../machine-process.ts'
import { PortError } from '../ports/port-request.ts'
import { relayTcp } from '../ports/tcp-relay.ts'
import { bytesOnDisk } from '../resources.ts'

/**
 * Machines without a hypervisor, for tests of everything above the driver: the "kernel" of the assets is a JavaScript
 * file that Node runs. What it prints is the serial console; it is told in its environment where its disk and its
 * configuration are (`VM_DISK`, `VM_CONFIG`), on which port of the loopback its engine has to listen (`VM_PORT`), and from
 * what state it goes on, if any (`VM_STATE`, its words). SIGTERM is the power button. Its state is a file that says so.
 */
export class FakeDriver implements VmDriver {
  readonly capabilities: Capabilities = { shares: 'none', givesFilesAway: false, balloon: false, onlineResize: false, suspend: true }

  async prepareDisk({ path, sizeBytes }: DataDisk): Promise<void> {
    if (((await sizeIfThere(path)) ?? 0) >= sizeBytes) return
    await using disk = await open(path, 'a', 0o600)
    await disk.truncate(sizeBytes)
  }

  async repairDisk(): Promise<void> {
    // A plain file has no tables of its own.
  }

  /** @see fallocate(1): what is full of zeroes becomes a hole */
  async compactDisk(path: string): Promise<number> {
    const before = (await bytesOnDisk(path)) ?? 0
    await promisify(execFile)('fallocate', ['--dig-holes', path])
    return before - ((await bytesOnDisk(path)) ?? 0)
  }

  async endLeftOver(): Promise<void> {
    // Nobody could find one.
  }

  async makeOf({ cpus, memoryBytes }: MachineSpec): Promise<string> {
    return `fake ${cpus} ${memoryBytes}`
  }

  async start({ assets, disk, configPath, stateFile }: MachineSpec): Promise<Machine> {
    const enginePort = await freePort()
    const state = stateFile === undefined ? {} : { VM_STATE: await readFile(stateFile, 'utf8') }
    const environment = { VM_DISK: disk.path, VM_CONFIG: configPath, VM_PORT: String(enginePort), ...state }
    const child = new MachineProcess(process.execPath, [assets.kernel], environment)
    return {
      pid: child.pid,
      enginePort,
      accelerator: 'none',
      ended: child.ended,
      onLine: (listener) => child.onLine(listener),
      onResume: () => undefined,
      pressPowerButton: async () => child.terminate(),
      cutPower: () => child.kill(),
      growDisk: async () => false,
      suspend: async (path) => {
        await writeFile(path, 'a state')
        await child.kill()
      },
      openPort: async ({ protocol, hostIp, hostPort, guestPort }) => {
        if (protocol !== 'tcp') throw new PortError('EPROTONOSUPPORT')
        return relayTcp(hostIp, hostPort, guestPort)
      },
    }
  }
}
