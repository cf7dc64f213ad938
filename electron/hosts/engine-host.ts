import type { HostMachine, HostMachineChange, HostReset, HostStatus, HostUsage } from '../ipc/contract.ts'

/**
 * Where an engine runs, seen from the desktop. A *host* has one engine and one unix socket on this machine that leads to
 * it; that the engine itself is on this machine, in a VM or far away is the host's business.
 *
 * Life: constructed (opens nothing) → {@link watch} (follows the engine's coming and going until {@link close}).
 */
export interface EngineHost {
  /** The socket that speaks the Engine API. The same for the whole life of the host. */
  readonly socketPath: string
  /** The newest API that its engine speaks, as `1.41`; undefined where that is ours, or not known yet. */
  readonly apiVersion: string | undefined
  /** What is known now; asks nobody. */
  readonly status: HostStatus
  /** Begins to follow the engine. To be called once. */
  watch(): void
  /**
   * Starts the engine where this host may. Idempotent: while it runs or starts, the same start is waited for. Resolves
   * with what came of it, and never rejects because the engine failed: `status.detail` says why.
   */
  start(): Promise<HostStatus>
  /** Stops the engine where `status.canStop` says that this host can; resolves when it is off. @throws Error where it cannot */
  stop(): Promise<HostStatus>
  /** This computer slept: an engine with a clock of its own hears what the time is. Never rejects. */
  awake(): Promise<void>
  /** What it takes of this computer. @throws Error where that is not known apart */
  usage(): Promise<HostUsage>
  /** Makes it anew in part. Resolves with what came of it, as {@link start}. @throws Error where it cannot be, or before anything was done */
  reset(reset: HostReset): Promise<HostStatus>
  /** What it has, and could have. @throws Error where it is no virtual machine */
  machine(): Promise<HostMachine>
  /** Gives it that; restarts it where it must. @throws Error as {@link reset} */
  changeMachine(change: HostMachineChange): Promise<HostStatus>
  /** Gives this computer back what its disk does not use. @throws Error as {@link reset} */
  compact(): Promise<HostStatus>
  /** Calls off the work of that id, or forgets it when it has ended. @throws Error where it goes on and cannot be called off */
  dismissWork(id: number): Promise<HostStatus>
  /** Told after every change of {@link status}. Returns what ends the subscription. */
  onChange(listener: (status: HostStatus) => void): () => void
  /** Ends the watch. The engine goes on. */
  close(): void
}
