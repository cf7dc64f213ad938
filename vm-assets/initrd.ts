import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CpioEntry, writeCpio } from './cpio.ts'
import { withoutSignature } from './module-signature.ts'
import { moduleFiles, moduleName, parseModulesDep } from './modules.ts'
import { INITRD_MODULES } from './recipe.ts'

export interface InitrdSources {
  readonly busybox: string
  readonly init: string
  /** `lib/modules/<release>`, after depmod. */
  readonly modules: string
}

/** The first file system: what is needed to find the root image and mount it, a megabyte and a half. */
export async function makeInitrd({ busybox, init, modules }: InitrdSources): Promise<Buffer> {
  const dependencies = parseModulesDep(await readFile(join(modules, 'modules.dep'), 'utf8'))
  const files = moduleFiles(INITRD_MODULES, dependencies, await readFile(join(modules, 'modules.builtin'), 'utf8'))
  const kept = await Promise.all(
    files.map(
      async (path): Promise<CpioEntry> => ({
        kind: 'file',
        name: `modules/${moduleName(path)}.ko`,
        mode: 0o644,
        content: withoutSignature(await readFile(join(modules, path))),
      }),
    ),
  )
  return writeCpio([
    ...['bin', 'dev', 'modules', 'proc', 'root', 'sys'].map((name) => ({ kind: 'folder', name, mode: 0o755 }) as const),
    // Without it, the first program has nowhere to write to.
    { kind: 'character-device', name: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { kind: 'file', name: 'init', mode: 0o755, content: await readFile(init) },
    { kind: 'file', name: 'bin/busybox', mode: 0o755, content: await readFile(busybox) },
    ...kept,
    { kind: 'file', name: 'modules/order', mode: 0o644, content: Buffer.from(files.map((path) => `${moduleName(path)}.ko\n`).join('')) },
  ])
}
