import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Arch } from './arch.ts'
import { payloadOfBzImage } from './kernel-image.ts'
import { withoutSignature } from './module-signature.ts'
import { moduleFiles, parseModulesDep } from './modules.ts'
import { ARM_MODULES, ROOT_MODULES } from './recipe.ts'
import { runTool } from './run-tool.ts'

const UNPACK = { gzip: 'gzip', xz: 'xz', zstd: 'zstd', lz4: 'lz4' } as const

/** The kernel as a machine starts it: of x86, what is in the bzImage; arm64's is not compressed. */
export async function kernelOf(arch: Arch, image: Buffer): Promise<Buffer> {
  if (arch.name === 'arm64') return image
  const { compression, bytes } = payloadOfBzImage(image)
  return runTool(UNPACK[compression], ['--decompress', '--stdout'], { input: bytes })
}

/**
 * Copies the modules that the guest needs, and what modprobe finds them by.
 * @param source the folder of the unpacked kernel package
 * @param base where `lib/modules` is to be
 */
export async function takeModules(arch: Arch, release: string, source: string, base: string): Promise<void> {
  const from = join(source, 'lib/modules', release)
  const to = join(base, 'lib/modules', release)
  // All modules have to be there for depmod to know what each one needs.
  await runTool('depmod', ['--basedir', source, release])
  const dependencies = parseModulesDep(await readFile(join(from, 'modules.dep'), 'utf8'))
  const builtIn = await readFile(join(from, 'modules.builtin'), 'utf8')
  const wanted = [...ROOT_MODULES, ...(arch.name === 'arm64' ? ARM_MODULES : [])]
  for (const path of moduleFiles(wanted, dependencies, builtIn)) {
    await mkdir(dirname(join(to, path)), { recursive: true })
    await writeFile(join(to, path), withoutSignature(await readFile(join(from, path))))
  }
  for (const name of ['modules.builtin', 'modules.builtin.modinfo', 'modules.order']) await writeFile(join(to, name), await readFile(join(from, name)))
  await runTool('depmod', ['--basedir', base, release])
}
