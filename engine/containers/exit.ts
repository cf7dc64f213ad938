import { messageOf } from '../errors.ts'
import type { Exit } from '../linux/runtime.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { ContainerParts } from './parts.ts'
import { freeResources } from './release.ts'
import { removeEnded } from './remove.ts'
import { shouldRestart } from './restart-policy.ts'
import { restartByPolicy } from './start.ts'
import { isLive, type Run } from './state.ts'

/**
 * Handles exits as conmon announces them, until the returned function is called; also those that it has announced
 * already. To be called after reconcile, which takes containers over one by one: one whose exit is handled meanwhile
 * would lose its interfaces under reconcile's hands.
 */
export function watchExits(parts: ContainerParts): () => void {
  const handle = (container: Container) => {
    handleExit(parts, container).catch((error) => parts.log.error('handling an exit failed', { container: container.id, error: messageOf(error) }))
  }
  const stop = parts.runtime.watchExits((id) => {
    const container = parts.store.find(id)
    if (container) handle(container)
  })
  for (const container of parts.store.all()) if (isLive(container.state)) handle(container)
  return stop
}

/**
 * The process of a container has ended: frees what it held, tells everyone, and obeys the restart policy.
 * Idempotent: does nothing when the exit was handled already.
 * @param known the exit, where conmon could not tell it (the machine was rebooted, conmon was killed)
 */
export async function handleExit(parts: ContainerParts, container: Container, known?: Exit): Promise<void> {
  await container.lock.run(async () => {
    if (!isLive(container.state)) return
    const exit = known ?? (await parts.runtime.exitOf(container.id))
    // Under the same lock: nobody may start it between its end and its removal.
    if (exit && (await settle(parts, container, exit, container.state)) === 'removes itself') await removeEnded(parts, container, true)
  })
}

async function settle(parts: ContainerParts, container: Container, exit: Exit, run: Run): Promise<'stays' | 'removes itself'> {
  const { id } = container
  const { hasBeenStoppedByHand, restartCount, hostConfig } = container.spec
  parts.health.stop(container)
  // The kernel ends all processes of a PID namespace with its first one; in somebody else's namespace, we do.
  if (hostConfig.PidMode) await parts.runtime.killAll(parts.paths.cgroup(id, hostConfig.CgroupParent))
  await parts.io.drained(id)
  await parts.logs.end(container)
  await freeResources(parts, container)
  for (const mount of container.spec.mounts) parts.volumes.announceUnmount(mount, id)
  const willRestart = shouldRestart(hostConfig.RestartPolicy, { exitCode: exit.exitCode, hasBeenStoppedByHand, restartCount })
  // Counted when it is decided, as dockerd does: whoever looks in the pause before it sees it already.
  if (willRestart) container.spec.restartCount += 1
  // The time of conmon's file comes from a coarse clock, which may be milliseconds behind ours.
  const at = new Date(Math.max(exit.at.getTime(), new Date(run.startedAt).getTime()))
  const lastRunMs = at.getTime() - new Date(run.startedAt).getTime()
  parts.store.apply(container, { type: 'exited', exitCode: exit.exitCode, oomKilled: exit.oomKilled, at: at.toISOString(), willRestart })
  if (willRestart) parts.store.saveSpecFact(container)
  const removesItself = !willRestart && container.isAutoRemoved && container.restarts.size === 0
  // A removal, which comes next, forgets it with all the rest.
  if (!removesItself) await parts.runtime.forgetExit(id)
  if (exit.oomKilled) publishContainer(parts.events, container, 'oom')
  const execDuration = String(Math.max(0, Math.floor(lastRunMs / 1000)))
  publishContainer(parts.events, container, 'die', { exitCode: String(exit.exitCode), execDuration })
  container.announceExit(exit.exitCode)
  if (willRestart) scheduleRestart(parts, container, lastRunMs)
  return removesItself ? 'removes itself' : 'stays'
}

function scheduleRestart(parts: ContainerParts, container: Container, lastRunMs: number): void {
  parts.timers.schedule(container.id, lastRunMs, () => {
    restartByPolicy(parts, container).catch((error) => {
      parts.log.error('a restart by policy failed', { container: container.id, error: messageOf(error) })
    })
  })
}
