import type { HostFacts } from '../linux/facts.ts'
import { checkCgroups } from './cgroups.ts'
import type { Check } from './check.ts'
import { checkDisk } from './disk.ts'
import { checkDns } from './dns.ts'
import { checkFirewall } from './firewall.ts'
import { type Spending, spendingOf } from './spending.ts'

export interface MachineParts {
  readonly dataRoot: string
  readonly facts: HostFacts
  readonly bridge: string
  readonly dns: readonly string[]
  /** What monitors of containers have on their command line. */
  readonly runtimeRoot: string
}

/** How the engine's machine is, and what the engine takes of it: looked at when somebody asks, never otherwise. */
export class Machine {
  readonly #parts: MachineParts

  constructor(parts: MachineParts) {
    this.#parts = parts
  }

  /** Takes seconds where a DNS server keeps silent. */
  checks(): Promise<Check[]> {
    const { facts, bridge, dns } = this.#parts
    return Promise.all([this.disk(), checkCgroups(facts), checkFirewall(bridge), checkDns(dns)])
  }

  /** Takes no time: for whoever looks again and again. */
  disk(): Promise<Check> {
    return checkDisk(this.#parts.dataRoot)
  }

  spending(): Promise<Spending> {
    return spendingOf(this.#parts.dataRoot, this.#parts.runtimeRoot)
  }
}
