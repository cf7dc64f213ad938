import type { MachineSpec } from '../hosts/vm/driver.ts'
import type { VmFolder } from '../hosts/vm/vm-folder.ts'

/** What a machine would be started as that no test starts. */
export function stillSpec({ ownDisk, bootConfig }: Pick<VmFolder, 'ownDisk' | 'bootConfig'>, parts: Partial<MachineSpec> = {}): MachineSpec {
  return {
    name: 'mine',
    assets: { arch: 'x86_64', kernel: '', initrd: '', root: '', commandLine: '' },
    disk: { path: ownDisk, sizeBytes: 8 },
    cpus: 1,
    memoryBytes: 1,
    configPath: bootConfig,
    shares: [],
    ...parts,
  }
}
