import { cp, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { VERSION } from '../../engine/daemon/version.ts'
import type { Arch } from '../../vm-assets/arch.ts'
import { buildImage } from '../../vm-assets/build-image.ts'
import { bundleForVm } from '../bundle.ts'
import { say } from '../talk.ts'
import { documents, plainDocuments } from './documents.ts'
import { ENGINE_PACKAGE } from './engine-package.ts'
import { lockedFor, PACKAGE_CACHE } from './image-parts.ts'
import { licencesOfOthers } from './licences-of-others.ts'
import { packDebian } from './pack-debian.ts'
import { packRpm } from './pack-rpm.ts'
import type { Making, PackageOptions, PackedFile } from './package-tree.ts'
import { readLock, shippedWithEngine } from './shipped.ts'

export const VM_PACKAGE = 'engineroom-vm'

const SOURCES = new URL('vm-debian/', import.meta.url)
const FOLDER = 'usr/lib/engineroom'
const IMAGE = `${FOLDER}/vm-image`

const SUMMARY = 'virtual machine with a container engine in it'
const DESCRIPTION = 'Its kernel and root image, and what starts and stops it with QEMU.'

/** What boots it: whoever has a QEMU of their own does without Debian's. */
const QEMU = { amd64: 'qemu-system-x86', arm64: 'qemu-system-arm' } as const
const QEMU_OF_FEDORA = { amd64: 'qemu-system-x86-core', arm64: 'qemu-system-aarch64-core' } as const

/** Where both kinds of packages have it. */
const INSTALLED = { name: VM_PACKAGE, fill }

/**
 * Makes the Debian package of the virtual machine, on top of the one of the engine.
 * @param folder gets it
 * @returns its path
 * @throws Error when a package of Debian's that is in the image is not to be had
 */
export function makeVmPackage(folder: string, options: PackageOptions): Promise<string> {
  const vm = {
    ...INSTALLED,
    files: async (making: Making): Promise<PackedFile[]> => [
      { path: `usr/share/lintian/overrides/${VM_PACKAGE}`, content: await readFile(new URL('overrides', SOURCES)) },
      ...(await documents(VM_PACKAGE, making, await licencesIn(making))),
    ],
    fields: ({ version, arch }: Making) => ({
      Depends: `${ENGINE_PACKAGE} (= ${version}), openssl`,
      Recommends: `${QEMU[arch.debian]}, qemu-utils`,
      Section: 'admin',
      Priority: 'optional',
      Description: `${SUMMARY}\n ${DESCRIPTION}`,
    }),
  }
  return packDebian(folder, vm, options)
}

/** The same for distributions with RPM. */
export function makeVmRpm(folder: string, options: PackageOptions): Promise<string> {
  const documentation = `usr/share/doc/${VM_PACKAGE}`
  const vm = {
    ...INSTALLED,
    files: async (making: Making) => plainDocuments(`${documentation}/`, await licencesIn(making)),
    summary: SUMMARY[0]?.toUpperCase() + SUMMARY.slice(1),
    description: DESCRIPTION,
    requires: ({ version, arch }: Making) => [`${ENGINE_PACKAGE} = ${version}`, 'openssl', QEMU_OF_FEDORA[arch.debian], 'qemu-img'],
    own: [IMAGE, documentation],
  }
  return packRpm(folder, vm, options)
}

/** The bundles are built beside the tree, which gets those of the virtual machine alone: the engine is in the image. */
async function fill(tree: string, { arch }: Making): Promise<void> {
  const work = join(dirname(tree), 'bundles')
  await bundleForVm(work)
  await cp(join(work, 'dist/vm'), join(tree, FOLDER, 'dist/vm'), { recursive: true })
  await makeImage(arch, join(work, 'dist/engine'), join(tree, IMAGE))
}

/** Folders and files of the image have the modes that they are made with. */
async function makeImage(arch: Arch, engine: string, out: string): Promise<void> {
  const before = process.umask(0o022)
  try {
    await buildImage({ arch, locked: await lockedFor(arch), version: VERSION.version, engine, cache: PACKAGE_CACHE, out, say })
  } finally {
    process.umask(before)
  }
}

/** The engine's, which are in the image, and those of Debian's packages. */
async function licencesIn({ arch }: Making): Promise<string> {
  return licencesOfOthers(shippedWithEngine(await readLock(), arch), (await lockedFor(arch)).debian)
}
