import { type CgroupUsage, readCgroupUsage } from '../linux/cgroup-usage.ts'
import { type HostCpu, readHostCpu } from '../linux/host-cpu.ts'
import { type InterfaceCounters, interfaceCounters } from '../linux/interface-counters.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'
import { isLive } from './state.ts'
import { Turns } from './turns.ts'

/** What a running container used, seen at one moment. */
export interface StatsSample {
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly usage: CgroupUsage
  readonly host: HostCpu
  /** By the container's name of the interface; empty without a network of its own. */
  readonly interfaces: ReadonlyMap<string, InterfaceCounters>
}

/** The interfaces that the engine gives to containers; what they make themselves is not theirs to be counted for. */
const ENGINE_INTERFACE = /^eth\d+$/

/** Hundreds may be watched, all of them every second. */
const turns = new Turns()

/** Takes a sample; undefined when the container does not run. */
export async function sampleContainer(parts: Pick<ContainerParts, 'paths'>, container: Container): Promise<StatsSample | undefined> {
  if (!isLive(container.state)) return undefined
  await turns.next()
  const { id, state, spec } = container
  if (!isLive(state)) return undefined
  const at = new Date().toISOString()
  const usage = readCgroupUsage(parts.paths.cgroup(id, spec.hostConfig.CgroupParent))
  if (!usage) return undefined
  const host = readHostCpu()
  const interfaces = spec.hostConfig.NetworkMode === 'host' ? new Map<string, InterfaceCounters>() : interfaceCounters(state.pid)
  return { at, usage, host, interfaces: new Map([...interfaces].filter(([name]) => ENGINE_INTERFACE.test(name))) }
}
