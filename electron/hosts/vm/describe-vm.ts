import { stagesBeforeBoot } from './boot/stages.ts'
import { diskPlace, readDiskRecord } from './data-disk/disk-record.ts'
import { driverFor } from './drivers.ts'
import { hintOfOldImage } from './image-age.ts'
import { MOVING } from './own-vm.ts'
import { bytesOnDisk, processUsage } from './resources.ts'
import type { VmSettings } from './settings.ts'
import { sharedFolders } from './shares.ts'
import type { VmStatus } from './status.ts'
import { purposeOfHolder } from './supervisor/pid-lock.ts'
import { suspendedState } from './suspend/suspended-state.ts'
import type { Vm } from './vm.ts'
import type { VmFolder } from './vm-folder.ts'
import type { Failure } from './vm-state.ts'

/** What the supervisor knows, and what the machine spends of the host at this moment. */
export async function describeVm(vm: Vm, settings: VmSettings, folder: VmFolder): Promise<VmStatus> {
  const { state, stages, machine, crashes } = vm
  const usage = machine && (await processUsage(machine.pid))
  const at = await describeSettings(settings, folder)
  return {
    ...at,
    state: state.status,
    stage: stages.find((stage) => stage.state === 'running' || stage.state === 'failed')?.name,
    stages: [...stages],
    accelerator: machine?.accelerator,
    memory: { ...at.memory, hostBytes: usage?.memoryBytes },
    cpu: { seconds: usage?.cpuSeconds },
    runningSince: 'since' in state ? state.since : undefined,
    pid: machine?.pid,
    crashes,
    failure: 'failure' in state ? state.failure : undefined,
  }
}

/** A VM that no supervisor watches over. */
export async function describeStopped(settings: VmSettings, folder: VmFolder, failure: Failure | undefined): Promise<VmStatus> {
  const at = await describeSettings(settings, folder)
  const state = await suspendedState(folder)
  if (state) return { ...at, state: 'suspended', suspended: { path: folder.stateFile, bytes: state.stateBytes, since: state.suspendedAt } }
  return { ...at, state: failure ? 'failed' : 'stopped', stage: failure?.stage, failure }
}

async function describeSettings(settings: VmSettings, folder: VmFolder): Promise<VmStatus> {
  const { driver, assets, cpus, memoryBytes, diskBytes } = settings
  const { path: disk } = await diskPlace(folder)
  return {
    name: folder.name,
    state: 'stopped',
    stages: stagesBeforeBoot(),
    socket: folder.engineSocket,
    driver,
    cpus,
    memory: { sizeBytes: memoryBytes },
    cpu: {},
    disk: { path: disk, sizeBytes: diskBytes, hostBytes: await bytesOnDisk(disk), movesTo: await movesTo(folder) },
    hostNetwork: settings.hostNetwork ?? false,
    shares: [...sharedFolders(settings, driverFor(settings, folder))],
    crashes: 0,
    hint: await hintOfOldImage(assets),
  }
}

/** @returns undefined when nobody moves it: a move that was cut off is one no more */
async function movesTo(folder: VmFolder): Promise<string | undefined> {
  if ((await purposeOfHolder(folder.pidFile)) !== MOVING) return undefined
  return (await readDiskRecord(folder))?.to
}
