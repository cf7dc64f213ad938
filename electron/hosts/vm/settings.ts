import { rename, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { readIfThere } from '../../read-if-there.ts'
import { defaultAssetsFolder } from './assets-folder.ts'
import { ChosenProxiesSchema } from './follow/proxies.ts'
import { parseJson } from './parse-json.ts'
import { formatSize } from './size.ts'
import { makeVmFolder, type VmFolder } from './vm-folder.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** Below this the guest does not boot. */
const LEAST_MEMORY_BYTES = 256 * MIB
const LEAST_DISK_BYTES = GIB

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
  /** Whether containers with `--network host` have the localhost of this computer. */
  hostNetwork: Type.Optional(Type.Boolean()),
  /** Without: those of the environment of whoever starts it. */
  proxies: Type.Optional(ChosenProxiesSchema),
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

/** What a VM has: what was chosen for it, or the default. @throws Error when what was kept are no settings */
export async function settingsOf({ settings: path }: VmFolder): Promise<VmSettings> {
  const text = await readIfThere(path)
  if (text === undefined) return defaultSettings(defaultAssetsFolder())
  const settings = parseJson(VmSettingsSchema, text)
  if (!settings) throw new Error(`${path} has settings that this version does not know; correct it, or remove it`)
  return settings
}

/** To be asked before anything is done to a disk. @throws Error for what no VM can have */
export function checkSettings(settings: VmSettings): void {
  if (!Check(VmSettingsSchema, settings))
    throw new Error(`--memory must be at least ${formatSize(LEAST_MEMORY_BYTES)}, --disk at least ${formatSize(LEAST_DISK_BYTES)}`)
}

/** Whole or not at all. @throws Error for what no VM can have */
export async function writeSettings(folder: VmFolder, settings: VmSettings): Promise<void> {
  checkSettings(settings)
  await makeVmFolder(folder)
  const temporary = `${folder.settings}.${process.pid}`
  await writeFile(temporary, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 })
  await rename(temporary, folder.settings)
}
