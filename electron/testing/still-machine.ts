import type { Machine } from '../hosts/vm/driver.ts'

/** A machine of a VM that does nothing and never ends, but for what a test has it do. */
export function stillMachine(parts: Partial<Machine> = {}): Machine {
  return {
    pid: 0,
    enginePort: 0,
    accelerator: 'none',
    ended: Promise.withResolvers<never>().promise,
    onLine: () => undefined,
    onResume: () => undefined,
    pressPowerButton: async () => undefined,
    cutPower: async () => undefined,
    growDisk: async () => false,
    suspend: async () => undefined,
    openPort: async () => async () => undefined,
    ...parts,
  }
}
