import { setTimeout as delay } from 'node:timers/promises'
import { PlainError } from '../../plain-error.ts'
import { readAssets } from '../assets.ts'
import { vmCertificates } from '../certificates.ts'
import type { ConsoleLog } from '../console-log.ts'
import { checkDiskThere, type DiskPlace } from '../data-disk/disk-record.ts'
import type { Machine, MachineSpec, VmDriver } from '../driver.ts'
import { followHost } from '../follow/follow-host.ts'
import type { NetworkSource } from '../follow/host-network.ts'
import { Forwarder } from '../forwarder.ts'
import { type Builder, makeMissingImage } from '../make-image.ts'
import { checkMemoryFits } from '../memory-fits.ts'
import { isAnswering } from '../ping.ts'
import { servePorts } from '../ports/serve-ports.ts'
import type { VmSettings } from '../settings.ts'
import { prepareShares, sharedFolders } from '../shares.ts'
import { suspendVm } from '../suspend/suspend-vm.ts'
import { makeDigest, suspendedState } from '../suspend/suspended-state.ts'
import type { VmFolder } from '../vm-folder.ts'
import { writeBootConfig } from './boot-config.ts'
import type { BootProgress } from './boot-progress.ts'
import { daemonConfiguration } from './daemon-configuration.ts'
import { GuestMarks } from './guest-marks.ts'
import { powerOff } from './power-off.ts'
import { resume } from './resume.ts'

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
  /** @see suspendVm */
  readonly suspend: () => Promise<void>
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
  const isSuspended = driver.capabilities.suspend && (await suspendedState(folder)) !== undefined
  const papers = await progress.run('disk', stop, async () => {
    await checkDiskThere({ path, mustExist })
    if (!isSuspended) await driver.prepareDisk(disk)
    return vmCertificates(folder.certificates, client, folder.name)
  })
  const prepareSpec = async (): Promise<MachineSpec> => {
    checkMemoryFits(settings.memoryBytes)
    const shares = await prepareShares(sharedFolders(settings, driver), driver)
    const hostname = folder.name === 'default' ? 'engineroom' : `engineroom-${folder.name}`
    const hasOneOwner = !driver.capabilities.givesFilesAway
    await writeBootConfig(folder.bootConfig, { hostname, papers: papers.server, daemon: daemonConfiguration(shares, settings), shares, hasOneOwner })
    const { name, bootConfig: configPath } = folder
    const { cpus, memoryBytes } = settings
    return { name, assets, disk, cpus, memoryBytes, configPath, shares }
  }

  const makeOf = async (spec: MachineSpec, signal: AbortSignal) => makeDigest(await driver.makeOf(spec, signal), settings.assets, papers)
  const resumed = await resume({ driver, folder, prepareSpec, makeOf }, progress, stop)
  if (resumed) undo.defer(() => powerOff(Promise.resolve(resumed.machine), stop))
  const { machine, spec, make } =
    resumed ??
    (await progress.run('vm', stop, async ({ signal, say }) => {
      if (isSuspended) await driver.prepareDisk(disk)
      const spec = await prepareSpec()
      signal.throwIfAborted()
      const starting = driver.start(spec, signal, say)
      undo.defer(() => powerOff(starting, stop))
      const started = await starting
      say(started.accelerator)
      return { machine: started, spec, make: await makeOf(spec, signal) }
    }))

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
  if (!resumed) {
    await progress.run('kernel', stop, ({ signal }) => guest('kernel')(signal))
    await progress.run('data', stop, ({ signal }) => guest('disk')(signal))
    await progress.run('network', stop, ({ signal }) => guest('network')(signal))
    await progress.run('shares', stop, ({ signal }) => guest('shares')(signal))
    await progress.run('engine', stop, async ({ signal }) => {
      await guest('engine')(signal)
      await keep()
    })
  }

  const forwarder = await progress.run('forward', stop, async ({ signal, say }) => {
    const forwards = new Forwarder(folder.engineSocket, papers.client, resumed?.session)
    undo.defer(() => forwards.close())
    await forwards.listen()
    forwards.lead({ host: '127.0.0.1', port: machine.enginePort })
    say(folder.engineSocket)
    const either = AbortSignal.any([signal, off.signal])
    // One that goes on has answered before.
    while (!resumed && !(await isAnswering(folder.engineSocket, either))) await delay(PING_AGAIN_MS, undefined, { signal: either })
    const serving = servePorts(machine, folder.engineSocket, either, () => void following.tell())
    // One that goes on has the right time already, but for what the console takes, and knows how this computer got out when it was suspended.
    await Promise.all([serving, resumed ? void following.tell() : following.tellFirst(either)])
    return forwards
  })
  undo.move()
  return {
    machine,
    tellGuest: () => following.tell(),
    suspend: () => suspendVm({ driver, machine, spec, folder, forwarder, make, makeOf }),
    closeSocket: () => forwarder.close(),
  }
}
