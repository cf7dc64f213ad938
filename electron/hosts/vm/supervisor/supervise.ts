import { EventEmitter } from 'node:events'
import { messageOf } from '../../../errors.ts'
import { boot } from '../boot/boot.ts'
import { ConsoleLog } from '../console-log.ts'
import { diskPlace } from '../data-disk/disk-record.ts'
import { finishMove, keepMove, undoUnfinishedMove } from '../data-disk/move-disk.ts'
import { describeVm } from '../describe-vm.ts'
import { driverFor } from '../drivers.ts'
import { systemAuthorities } from '../follow/authorities.ts'
import { hostNetwork } from '../follow/host-network.ts'
import { certificateFolders } from '../follow/registry-files.ts'
import type { Builder } from '../make-image.ts'
import { checkSettings, settingsOf, writeSettings } from '../settings.ts'
import { Vm } from '../vm.ts'
import { makeVmFolder, placeHere, type VmFolder } from '../vm-folder.ts'
import { ControlServer } from './control-server.ts'
import { forgetFailure, keepFailure } from './last-failure.ts'
import { takePidLock } from './pid-lock.ts'

export interface SuperviseRequest {
  readonly folder: VmFolder
  /** The program of our own client. */
  readonly client: readonly [string, ...string[]]
  /** What makes the image that VMs boot from. */
  readonly builder: Builder
  /** Shuts the VM down. */
  readonly stop: AbortSignal
}

/**
 * Watches over one VM from its start until it is off for good: told to stop, or crashed too often. It outlives whoever
 * started it. @returns whether it did; false when another supervisor has the VM already
 */
export async function supervise({ folder, client, builder, stop }: SuperviseRequest): Promise<boolean> {
  await makeVmFolder(folder)
  await using lock = await takePidLock(folder.pidFile)
  if (!lock) return false
  await undoUnfinishedMove(folder)
  let settings = await settingsOf(folder)
  await forgetFailure(folder.lastFailure)

  const changes = new EventEmitter<{ changed: [] }>()
  changes.setMaxListeners(0)
  const console = new ConsoleLog(folder.consoleLog)
  const driver = driverFor(settings, folder)
  const network = hostNetwork({
    env: process.env,
    chosen: () => settings.proxies,
    authorities: systemAuthorities(process.env, process.platform),
    certificateFolders: certificateFolders(placeHere().home),
    say: (line) => console.write(`engineroom: ${line}`),
  })
  const vm = new Vm({
    async boot(progress, stop) {
      const disk = { ...(await diskPlace(folder)), keep: () => keepMove(folder) }
      const booted = await boot({ driver, folder, settings, disk, console, client, builder, network }, progress, stop)
      // Of no consequence for the VM: it is tried again at the next start.
      await finishMove(folder).catch((error) => console.write(`engineroom: the data disk's old file is still there: ${messageOf(error)}`))
      return booted
    },
    lastLines: () => console.lastLines,
    changed: () => changes.emit('changed'),
  })
  const control = new ControlServer({
    status: () => describeVm(vm, settings, folder),
    onChange: (listener) => {
      changes.on('changed', listener)
      return () => void changes.off('changed', listener)
    },
    console,
    stop: () => vm.stop(),
    suspend: () => vm.suspend(),
    tellGuest: () => vm.tellGuest(),
    setProxies: async (proxies) => {
      settings = { ...settings, proxies }
      await writeSettings(folder, settings)
      await vm.tellGuest()
    },
    resize: async (sizeBytes) => {
      if (!vm.machine || !driver.capabilities.onlineResize) throw new Error('The disk of this VM can only be resized while it is stopped.')
      if (sizeBytes < settings.diskBytes) throw new Error(`The disk cannot shrink: it has ${settings.diskBytes} bytes.`)
      const larger = { ...settings, diskBytes: sizeBytes }
      checkSettings(larger)
      const isUsed = await vm.machine.growDisk(sizeBytes)
      settings = larger
      await writeSettings(folder, larger)
      if (!isUsed) throw new Error('The data disk is larger now, but the guest did not say that it uses all of it. It does after: engineroom vm restart')
    },
  })
  await control.listen(folder.controlSocket)
  const stopVm = () => void vm.stop()
  stop.addEventListener('abort', stopVm, { once: true })
  vm.start()
  if (stop.aborted) stopVm()
  await untilOff(vm, changes)
  if (vm.state.status === 'failed') await keepFailure(folder.lastFailure, vm.state.failure)
  await control.close()
  await console.close()
  return true
}

function untilOff(vm: Vm, changes: EventEmitter<{ changed: [] }>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => {
    if (vm.state.status === 'stopped' || vm.state.status === 'failed') resolve()
  }
  changes.on('changed', look)
  return promise
}
