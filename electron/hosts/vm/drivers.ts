import type { VmDriver } from './driver.ts'
import { FakeDriver } from './fake/fake-driver.ts'
import { QemuDriver } from './qemu/qemu-driver.ts'
import type { VmSettings } from './settings.ts'
import type { VmFolder } from './vm-folder.ts'

/** The driver that the settings name. Nobody else asks for its name. */
export function driverFor({ driver }: VmSettings, { qmpSocket, stateSocket, accelerators }: VmFolder): VmDriver {
  switch (driver) {
    case 'qemu':
      return new QemuDriver({ qmpSocket, stateSocket, acceleratorMemory: accelerators })
    case 'fake':
      return new FakeDriver()
  }
}
