import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { TestDaemon } from '../harness/daemon.ts'
import { hasOpenPort, hostPortsOf, type Inspected, isLive, type Observed, observe } from './observed.ts'

/**
 * Where the daemon's words and the kernel differ: what a live container lacks, and what is there that belongs to no
 * live container. One line each. Containers that began or ended a run while we looked are left out.
 * @param isCalm whether a container begins and ends no run by itself: then such a look shows nothing to rely on
 */
export async function kernelDisagreements(daemon: TestDaemon, before: Observed, isCalm: (id: string) => boolean): Promise<string[]> {
  const traces = await daemon.traces()
  const after = await observe(daemon)
  const moving = [...before.containers.values()].filter((one) => runOf(one) !== runOf(after.containers.get(one.Id)))
  const restless = moving.filter(({ Id }) => isCalm(Id)).map(({ Name }) => `${Name} was moving`)
  const all = [...after.containers.values()].filter(({ Id }) => before.containers.has(Id) && !moving.some((one) => one.Id === Id))
  const live = all.filter(isLive)
  const lacking = await Promise.all(live.map((container) => lacks(container, traces)))
  const bridges = [...after.networks].map(([name, id]) => ({ name, line: `-${id.slice(0, 8)}` }))
  const withoutBridge = bridges.filter(({ line }) => !traces.some((one) => one.endsWith(line))).map(({ name }) => `network ${name} has no bridge`)
  const others = traces.filter((line) => !bridges.some((one) => line.endsWith(one.line)))
  return [
    ...restless,
    ...lacking.flat(),
    ...withoutBridge,
    ...strays(daemon, others, [...live, ...moving], all),
    ...portDisagreements(traces, live, moving),
    ...openPortDisagreements(traces, live, moving),
  ]
}

/** What is the same for as long as a run, or the pause between two, lasts. */
function runOf(container: Inspected | undefined): string {
  return container ? `${container.State.Status} ${container.State.Pid} ${container.State.FinishedAt}` : 'gone'
}

async function lacks(container: Inspected, traces: readonly string[]): Promise<string[]> {
  const { Id, Name, State, HostConfig, NetworkSettings } = container
  const wanted: [what: string, isThere: (line: string) => boolean][] = [
    ['its root mounted', (line) => line.startsWith('mount ') && line.includes(Id)],
    ['a cgroup', (line) => line.startsWith('cgroup ') && line.endsWith(Id)],
    ['a folder of the runtime', (line) => line.endsWith(`/runtime/${Id}`)],
    ['a bundle', (line) => line.endsWith(`/bundles/${Id.slice(0, 24)}`)],
  ]
  const isConnected = !['none', 'host'].includes(HostConfig.NetworkMode)
  if (isConnected) {
    wanted.push(['a network namespace', (line) => line.startsWith('netns ') && line.endsWith(Id.slice(0, 12))])
  }
  const missing = wanted.filter(([, isThere]) => !traces.some(isThere)).map(([what]) => `${Name} is ${State.Status} without ${what}`)
  if (isConnected) {
    const links = traces.filter((line) => line.startsWith('link ') && line.includes(Id.slice(0, 8))).length
    const networks = Object.keys(NetworkSettings.Networks)
    if (links !== networks.length) missing.push(`${Name} is in ${networks} with ${links} interfaces`)
  }
  // An exec has a monitor too: it enters the container (-c) under an id of its own (-u). Long command lines are cut off.
  const monitors = traces.filter((line) => line.startsWith('process ') && line.includes(`-c ${Id} -u ${Id.slice(0, 32)}`)).length
  if (monitors !== 1) missing.push(`${Name} is ${State.Status} with ${monitors} monitors`)
  if ((await isFrozen(Id)) !== (State.Status === 'paused')) missing.push(`${Name} is ${State.Status}, the kernel's freezer says otherwise`)
  // A process that is gone, or was never ours, has another cgroup or none.
  const cgroup = await readFile(`/proc/${State.Pid}/cgroup`, 'utf8').catch(() => '')
  if (!cgroup.includes(Id)) missing.push(`${Name} is ${State.Status}, but process ${State.Pid} is not in its cgroup`)
  // Whoever learns what it is now would learn what it no longer is in a moment.
  else if (State.Status === 'running' && (await isDying(State.Pid))) missing.push(`${Name} is running, but process ${State.Pid} is dying`)
  return missing
}

const PF_EXITING = 0x4
const SIGKILL_PENDING = 1n << 8n

/** Killed, but not gone before all of its namespace are reaped. @see proc_pid_stat(5), proc_pid_status(5), and PF_EXITING in the kernel's sched.h */
async function isDying(pid: number): Promise<boolean> {
  const [stat, status] = await Promise.all(['stat', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => ''))) // It is gone.
  const flags = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[6])
  const pending = BigInt(`0x${/^ShdPnd:\s*([0-9a-f]+)/m.exec(status ?? '')?.[1] ?? '0'}`)
  return (flags & PF_EXITING) !== 0 || (pending & SIGKILL_PENDING) !== 0n
}

/** @see cgroups(7), and the kernel's freezer-subsystem.rst for version 1 */
export async function isFrozen(id: string): Promise<boolean> {
  const files = ['/sys/fs/cgroup/freezer/engineroom/*', '/sys/fs/cgroup/engineroom/*'].flatMap((parent) =>
    globSync([`${parent}/${id}/freezer.state`, `${parent}/${id}/cgroup.events`]),
  )
  const said = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return said.some((text) => /^(FROZEN|frozen 1)$/m.test(text))
}

function strays(daemon: TestDaemon, traces: readonly string[], live: readonly Inspected[], all: readonly Inspected[]): string[] {
  // The shortest name of a container in the kernel is its first eight hex digits.
  const isOfOne = (line: string, containers: readonly Inspected[]) => containers.some(({ Id }) => line.includes(Id.slice(0, 8)))
  const folders = `${daemon.dataRoot}/containers/`
  return traces
    .filter((line) => !line.startsWith('nft ') && !isOfOne(line, line.startsWith(folders) ? [...all, ...live] : live))
    .map((line) => `belongs to nobody: ${line}`)
}

function portDisagreements(traces: readonly string[], live: readonly Inspected[], moving: readonly Inspected[]): string[] {
  const forwarded = traces
    .filter((line) => line.startsWith('nft '))
    .flatMap((line) => [...line.matchAll(/(\d+) : \d+\.\d+\.\d+\.\d+ \. \d+/g)].map((found) => Number(found[1])))
  const published = live.flatMap(hostPortsOf)
  return [
    ...published.filter((port) => !forwarded.includes(port)).map((port) => `port ${port} is published and not forwarded`),
    ...forwarded.filter((port) => ![...published, ...moving.flatMap(hostPortsOf)].includes(port)).map((port) => `port ${port} is forwarded and not published`),
  ]
}

/** Of routed networks, whose ports are open at the container's own address. */
function openPortDisagreements(traces: readonly string[], live: readonly Inspected[], moving: readonly Inspected[]): string[] {
  const opened = traces
    .filter((line) => line.startsWith('nft '))
    .flatMap((line) => [...line.matchAll(/([0-9a-f.:]+) \. (?:tcp|udp|sctp) \. \d+/g)].map((found) => found[1] ?? ''))
  const addressesOf = ({ NetworkSettings }: Inspected) =>
    Object.values(NetworkSettings.Networks).flatMap(({ IPAddress, GlobalIPv6Address }) => [IPAddress, GlobalIPv6Address])
  const wanted = live.filter(hasOpenPort)
  const allowed = [...wanted, ...moving].flatMap(addressesOf)
  return [
    ...wanted.filter((one) => !addressesOf(one).some((address) => opened.includes(address))).map(({ Name }) => `${Name} has open ports that are not open`),
    ...opened.filter((address) => !allowed.includes(address)).map((address) => `a port of ${address} is open, and nobody has it`),
  ]
}
