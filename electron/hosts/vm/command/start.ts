import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { PlainError } from '../../plain-error.ts'
import { settingsOf, type VmSettings, writeSettings } from '../settings.ts'
import { startSupervisor } from '../start-supervisor.ts'
import type { VmStatus } from '../status.ts'
import { lastFailure } from '../supervisor/last-failure.ts'
import { refuseSuspended } from '../suspend/refuse-suspended.ts'
import type { VmFolder } from '../vm-folder.ts'
import type { VmOptions } from './options.ts'
import type { CommandParts } from './parts.ts'
import { ProgressList } from './progress-list.ts'

/** `engineroom vm start`: boots, and tells how far it is; a VM that runs, or boots, is found. */
export async function start(parts: CommandParts): Promise<number> {
  const { control, folder, options, terminal } = parts
  const before = await control.status()
  if (before) {
    refuseChanges(options)
    if (options.proxies) await control.setProxies({ ...(await settingsOf(folder)).proxies, ...options.proxies })
  } else {
    const settings = await settingsFor(folder, options)
    const { proxies: _, ...others } = settings
    const { proxies: __, ...kept } = await settingsOf(folder)
    if (!isDeepStrictEqual(others, kept)) await refuseSuspended(folder, 'it has the settings that it was started with')
    await writeSettings(folder, settings)
    await startSupervisor(folder, control)
  }
  if (before?.state === 'running') terminal.say(`The VM ${folder.name} runs already.`)
  const status = await untilSettled(parts)
  if (status?.state === 'running') {
    if (status.hint !== undefined) terminal.say(status.hint)
    terminal.print(`export DOCKER_HOST=unix://${folder.engineSocket}`)
    return 0
  }
  const failure = status?.failure ?? (await lastFailure(folder.lastFailure))
  throw new PlainError(
    failure ? [failure.cause, ...failure.lastLines.map((line) => `  | ${line}`)].join('\n') : 'The VM was stopped while it started.',
    failure?.remedy,
  )
}

/** Follows the boot. @returns the last that was heard */
export async function untilSettled({ control, terminal }: CommandParts): Promise<VmStatus | undefined> {
  const list = new ProgressList(terminal.say)
  let last: VmStatus | undefined
  for await (const status of control.follow()) {
    if (status.state === 'waiting' && last?.state !== 'waiting') terminal.say(`  ${status.failure?.cause ?? 'It failed.'} Trying again.`)
    last = status
    if (status.state !== 'running' || status.stages.some(({ state }) => state === 'done')) list.show(status.stages, status.crashes)
    if (status.state === 'running' || status.state === 'failed' || status.state === 'stopped') break
  }
  return last
}

/** What is kept, with what was asked for now. */
async function settingsFor(folder: VmFolder, { driver, assets, cpus, memoryBytes, diskBytes, shares, hostNetwork, proxies }: VmOptions): Promise<VmSettings> {
  const kept = await settingsOf(folder)
  const wantedShares = shares?.map((path) => resolve(path)) ?? kept.shares
  return {
    driver: driver ?? kept.driver,
    assets: assets === undefined ? kept.assets : resolve(assets),
    cpus: cpus ?? kept.cpus,
    memoryBytes: memoryBytes ?? kept.memoryBytes,
    diskBytes: diskBytes ?? kept.diskBytes,
    ...(wantedShares && { shares: wantedShares }),
    ...((hostNetwork ?? kept.hostNetwork) !== undefined && { hostNetwork: hostNetwork ?? kept.hostNetwork }),
    ...((proxies ?? kept.proxies) && { proxies: { ...kept.proxies, ...proxies } }),
  }
}

function refuseChanges({ driver, assets, cpus, memoryBytes, diskBytes, shares, hostNetwork }: VmOptions): void {
  if ([driver, assets, cpus, memoryBytes, diskBytes, shares, hostNetwork].some((value) => value !== undefined))
    throw new PlainError('The VM runs already, with other settings.', 'Stop it first (engineroom vm stop), or use engineroom vm restart with the same flags.')
}
