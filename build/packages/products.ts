import type { Arch } from '../../vm-assets/arch.ts'
import { DESKTOP_PACKAGE, makeDesktopPackage, makeDesktopRpm } from './desktop-package.ts'
import { ENGINE_PACKAGE, makeEngineArchive, makeEnginePackage, makeEngineRpm } from './engine-package.ts'
import type { PackageOptions } from './package-tree.ts'
import { makeVmPackage, makeVmRpm, VM_PACKAGE } from './vm-package.ts'

/** Something that people install. */
export interface Product {
  readonly program: 'engine' | 'desktop' | 'vm'
  readonly format: 'deb' | 'rpm' | 'tar.gz'
  /** The package's own name. */
  readonly name: string
  /** @param folder gets it @returns its path */
  readonly make: (folder: string, options: PackageOptions) => Promise<string>
}

/** The window is made where an Electron of its architecture runs; the rest anywhere. */
export function canBeMade({ program }: Product, arch: Arch): boolean {
  return program !== 'desktop' || arch.npm === process.arch
}

export const PRODUCTS: readonly Product[] = [
  { program: 'engine', format: 'deb', name: ENGINE_PACKAGE, make: makeEnginePackage },
  { program: 'engine', format: 'rpm', name: ENGINE_PACKAGE, make: makeEngineRpm },
  { program: 'engine', format: 'tar.gz', name: ENGINE_PACKAGE, make: makeEngineArchive },
  { program: 'desktop', format: 'deb', name: DESKTOP_PACKAGE, make: makeDesktopPackage },
  { program: 'desktop', format: 'rpm', name: DESKTOP_PACKAGE, make: makeDesktopRpm },
  { program: 'vm', format: 'deb', name: VM_PACKAGE, make: makeVmPackage },
  { program: 'vm', format: 'rpm', name: VM_PACKAGE, make: makeVmRpm },
]
