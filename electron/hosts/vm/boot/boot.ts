import { setTimeout as delay } from 'node:timers/promises'
import { readAssets } from '../assets.ts'
import { vmCertificates } from '../certificates.ts'
import type { ConsoleLog } from '../console-log.ts'
import { checkDiskThere, type DiskPlace } from '../data-disk/disk-record.ts'
import type { Machine, VmDriver } from '../driver.ts'
import { followHost } from '../follow/follow-host.ts'
import type { NetworkSource } from '../follow/host-network.ts'
import { Forwarder } from '../forwarder.ts'
import { type Builder, makeMissingImage } from '../make-image.ts'
import { checkMemoryFits } from '../memory-fits.ts'
import { isAnswering } from '../ping.ts'
import { PlainError } from '../plain-error.ts'
import { servePorts } from '../ports/serve-ports.ts'
import type { VmSettings } from '../settings.ts'
import { prepareShares, sharedFolders } from '../shares.ts'
import { shutDown } from '../shut-down.ts'
import type { VmFolder } from '../vm-folder.ts'
import { writeBootConfig } from './boot-config.ts'
import type { BootProgress } from './boot-progress.ts'
import { daemonConfiguration } from './daemon-configuration.ts'
import { GuestMarks } from './guest-marks.ts'

export interface BootParts {
  readonly driver: VmDriver
  readonly folder: VmFolder
  readonly settings: VmSettings
  readonly console: ConsoleLog
  readonly disk: BootDisk
  /** The program of our own client, which makes the certificates. */
  readonly client: readonly [string, ...string[]]
  /** Makes the image when there is none. */
  readonly builder: Builder
  /** What the guest follows of this computer's. */
  readonly network: NetworkSource
}

/** The data disk, wherever it is. */
export interface BootDisk extends DiskPlace {
  /** Called before anybody can ask the engine for anything: from now on what it acknowledges is on this disk. */
  readonly keep: () => Promise<void>
}

/** A guest whose engine answers on the host's socket. */
export interface BootedVm {
  readonly machine: Machine
  /** Tells the guest what the time is here, and how this computer gets out. Never rejects. */
  readonly tellGuest: () => Promise<void>
  readonly closeSocket: () => Promise<void>
}

/** Between two attempts to reach an engine that says it listens. */
const PING_AGAIN_MS = 100

/**
 * Brings a VM up, stage by stage. When that fails, nothing of it is left.
 * @param stop calls it off
 * @throws BootError with the stage and what can be done; the reason of `stop`
 */
export async function boot(
  { driver, folder, settings, disk: { path, mustExist, keep }, console, client, builder, network }: BootParts,
  progress: BootProgress,
  stop: AbortSignal,
): Promise<BootedVm> {
  console.forget()
  await using undo = new AsyncDisposableStack()
  const assets = await progress.run('assets', stop, async (context) => {
    await makeMissingImage(settings.assets, builder, context)
    return readAssets(settings.assets)
  })
  const disk = { path, sizeBytes: settings.diskBytes }
  const papers = await progress.run('disk', stop, async () => {
    await checkDiskThere({ path, mustExist })
    await driver.prepareDisk(disk)
    return vmCertificates(folder.certificates, client, folder.name)
  })

  const machine = await progress.run('vm', stop, async ({ signal, say }) => {
    checkMemoryFits(settings.memoryBytes)
    const shares = await prepareShares(sharedFolders(settings, driver), driver)
    const hostname = folder.name === 'default' ? 'engineroom' : `engineroom-${folder.name}`
    await writeBootConfig(folder.bootConfig, { hostname, papers: papers.server, daemon: daemonConfiguration(shares, settings), shares })
    const { name, bootConfig: configPath } = folder
    const { cpus, memoryBytes } = settings
    signal.throwIfAborted()
    const starting = driver.start({ name, assets, disk, cpus, memoryBytes, configPath, shares }, signal, say)
    undo.defer(() => powerOff(starting, stop))
    const started = await starting
    say(started.accelerator)
    return started
  })

  const marks = new GuestMarks()
  machine.onLine((line) => {
    console.write(line)
    marks.take(line)
  })
  const following = followHost({ machine, engineSocket: folder.engineSocket, network, console })
  // A machine that goes off ends whatever stage is waiting for it.
  const off = new AbortController()
  void machine.ended.then(({ reason }) => off.abort(new PlainError(`The machine went off. ${reason}`)))
  const guest = (stage: Parameters<GuestMarks['done']>[0]) => (signal: AbortSignal) => marks.done(stage, AbortSignal.any([signal, off.signal]))
  await progress.run('kernel', stop, ({ signal }) => guest('kernel')(signal))
  await progress.run('data', stop, ({ signal }) => guest('disk')(signal))
  await progress.run('network', stop, ({ signal }) => guest('network')(signal))
  await progress.run('shares', stop, ({ signal }) => guest('shares')(signal))
  await progress.run('engine', stop, async ({ signal }) => {
    await guest('engine')(signal)
    await keep()
  })

  const forwarder = await progress.run('forward', stop, async ({ signal, say }) => {
    const forwards = new Forwarder(folder.engineSocket, papers.client)
    undo.defer(() => forwards.close())
    await forwards.listen()
    forwards.lead({ host: '127.0.0.1', port: machine.enginePort })
    say(folder.engineSocket)
    const either = AbortSignal.any([signal, off.signal])
    while (!(await isAnswering(folder.engineSocket, either))) await delay(PING_AGAIN_MS, undefined, { signal: either })
    await servePorts(machine, folder.engineSocket, either, () => void following.tell())
    await following.tellFirst(either)
    return forwards
  })
  undo.move()
  return { machine, tellGuest: () => following.tell(), closeSocket: () => forwarder.close() }
}

/** A guest whose boot failed is cut off after this: who waits for it wants to know why, and most of them hear nothing any more. */
const FAILED_DEADLINE_MS = 15_000

/** The guest is to end in order: it may be far enough to write. */
async function powerOff(starting: Promise<Machine>, stop: AbortSignal): Promise<void> {
  const machine = await starting.catch(() => undefined) // There is none; why is told by who started it.
  if (machine) await (stop.aborted ? shutDown(machine) : shutDown(machine, FAILED_DEADLINE_MS))
}
