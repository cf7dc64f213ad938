import type { BootAssets } from './assets.ts'
import type { Share } from './shares.ts'

/**
 * What runs a virtual machine. A *driver* starts *machines*; a machine is one run of the guest, from power on to power
 * off, and is never started twice. Whatever differs between drivers is in the {@link Capabilities}, which callers ask
 * instead of the driver's name.
 *
 * Life: `driver.start()` → {@link Machine} → its `ended`.
 */
export interface VmDriver {
  readonly capabilities: Capabilities
  /** Makes the data disk when it is not there, grows it when it is smaller. @throws Error in words for a person */
  prepareDisk(disk: DataDisk): Promise<void>
  /** Ends a machine of a VM that nobody watches over any more, if there is one: in order, as it may hold what was never written. @throws the signal's reason */
  endLeftOver(signal: AbortSignal, say: (progress: string) => void): Promise<void>
  /** Mends what is wrong with the disk's file, if there is one. The machine must be off. @throws PlainError when it cannot be mended */
  repairDisk(path: string): Promise<void>
  /** Gives room that the disk's file does not need back to the host. The machine must be off. @returns bytes */
  compactDisk(path: string): Promise<number>
  /**
   * What a machine of this spec would be made of, as a text: a state of its memory fits no other. Only with `suspend`.
   * Soon after a start it costs little. @throws Error when there is no program for it; the signal's reason
   */
  makeOf(spec: MachineSpec, signal: AbortSignal): Promise<string>
  /**
   * Powers a machine on. At the first start it may take seconds to find out what this computer can do. A state that it goes on from
   * has been read when this resolves.
   * @param signal gives up: then no machine is left
   * @throws Error when there is no program for it, or it ended at once
   */
  start(spec: MachineSpec, signal: AbortSignal, say: (progress: string) => void): Promise<Machine>
}

/** What a driver, on this computer, can do beyond starting and stopping. */
export interface Capabilities {
  /** Folders of the host in the guest. */
  readonly shares: 'none' | '9p' | 'virtiofs'
  /** Whoever runs it may give files to anybody, and so may containers. Otherwise everybody in the guest is the owner of all files that are shared. */
  readonly givesFilesAway: boolean
  /** Memory that the guest does not need goes back to the host. */
  readonly balloon: boolean
  /** The data disk can grow while the machine runs. */
  readonly onlineResize: boolean
  /** What the guest has in memory can be kept in a file, and another machine goes on from there. */
  readonly suspend: boolean
}

export interface DataDisk {
  readonly path: string
  readonly sizeBytes: number
}

/** All that one run of the guest needs. */
export interface MachineSpec {
  readonly name: string
  readonly assets: BootAssets
  readonly disk: DataDisk
  readonly cpus: number
  readonly memoryBytes: number
  /** What is handed to the guest: its configuration and certificates; readable by its owner alone. */
  readonly configPath: string
  /** Only with `shares`. */
  readonly shares: readonly Share[]
  /** The guest goes on from this file, which {@link Machine.suspend} made, in place of booting. */
  readonly stateFile?: string
}

/** One run of the guest. */
export interface Machine {
  /** Of the process that is the machine, for its memory and CPU time on the host. */
  readonly pid: number
  /** How the guest is reached: a TCP port of the host's loopback that leads to the engine. */
  readonly enginePort: number
  /** What runs the guest's instructions, in a word: `kvm`, `tcg` … */
  readonly accelerator: string
  /** Called for every line of the serial console. Lines that came before are told first. */
  onLine(listener: (line: string) => void): void
  /** Called when it goes on after a stop, during which its clock stood still. */
  onResume(listener: () => void): void
  /** Resolves when the machine is off, whatever the reason. Never rejects. */
  readonly ended: Promise<MachineEnd>
  /** Presses the power button; the guest decides. Wait for `ended`. */
  pressPowerButton(): Promise<void>
  /** Pulls the plug. Resolves when it is off. */
  cutPower(): Promise<void>
  /**
   * Makes the data disk larger, and has the guest use all of it. Only with `onlineResize`.
   * @returns false when it is larger and the guest did not say that it uses it: it does after its next start
   */
  growDisk(sizeBytes: number): Promise<boolean>
  /**
   * Keeps what the guest has in memory in a file, and switches the machine off as it stands. Resolves when it is off and the
   * file is on the disk. Only with `suspend`.
   * @throws Error when it cannot be done: the guest goes on, unless the machine has ended
   */
  suspend(stateFile: string): Promise<void>
  /**
   * Leads a port of this computer's into the guest.
   * @returns what closes it, with its connections
   * @throws Error with the code of the bind that failed, e.g. `EADDRINUSE`; `EAFNOSUPPORT` for what it cannot lead there
   */
  openPort(forward: PortForward): Promise<() => Promise<void>>
}

export interface PortForward {
  readonly protocol: 'tcp' | 'udp'
  /** IPv4 or IPv6; 0.0.0.0 and :: for every address. */
  readonly hostIp: string
  readonly hostPort: number
  /** On the guest's own address. */
  readonly guestPort: number
}

export interface MachineEnd {
  /** A sentence: how its process ended, and what it said last. */
  readonly reason: string
}
