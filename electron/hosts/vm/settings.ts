import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { codeOf } from '../../errors.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** Below this the guest does not boot. */
export const LEAST_MEMORY_BYTES = 256 * MIB
export const LEAST_DISK_BYTES = GIB

/** What a person chose for one VM. Kept beside its disk. */
export const VmSettingsSchema = Type.Object({
  driver: Type.Union([Type.Literal('qemu'), Type.Literal('fake')]),
  /** The folder with kernel and root image. */
  assets: Type.String(),
  cpus: Type.Integer({ minimum: 1 }),
  memoryBytes: Type.Integer({ minimum: LEAST_MEMORY_BYTES }),
  diskBytes: Type.Integer({ minimum: LEAST_DISK_BYTES }),
  /** Folders that the guest has at the same paths. Without: the person's home. */
  shares: Type.Optional(Type.Array(Type.String())),
})
export type VmSettings = Static<typeof VmSettingsSchema>

/** For a VM that nobody has said anything about: all processors up to four, and a quarter of the memory, within reason. The disk is sparse. */
export function defaultSettings(assets: string): VmSettings {
  return {
    driver: 'qemu',
    assets,
    cpus: Math.min(4, Math.max(1, cpus().length)),
    memoryBytes: Math.min(4 * GIB, Math.max(512 * MIB, Math.floor(totalmem() / 4 / MIB) * MIB)),
    diskBytes: 64 * GIB,
  }
}

/** @returns undefined when there are none yet. @throws Error when they are not settings */
export async function readSettings(path: string): Promise<VmSettings | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  const settings: unknown = JSON.parse(text)
  if (!Check(VmSettingsSchema, settings)) throw new Error(`${path} has settings that this version does not know; correct it, or remove it`)
  return settings
}

/** Whole or not at all. */
export async function writeSettings(path: string, settings: VmSettings): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 })
  await rename(temporary, path)
}
