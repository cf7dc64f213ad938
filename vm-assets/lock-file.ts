import { type ArchName, parseArch } from './arch.ts'

/** A file that is fetched for an image: the same bytes each time, or none. */
export interface LockedFile {
  readonly name: string
  readonly version: string
  /** Places to fetch it from, the first that has it. */
  readonly urls: readonly string[]
  readonly sha256: string
  readonly sizeBytes: number
}

export interface LockedArch {
  /** The kernel's release, which names its package and the folder of its modules. */
  readonly kernel: string
  readonly debian: readonly LockedFile[]
  readonly npm: readonly LockedFile[]
}

/** `packages.lock.json`: all that an image is made of, besides this repository. */
export type LockFile = Readonly<Record<ArchName, LockedArch>>

/** @throws Error that says which field is wrong */
export function parseLockFile(text: string): LockFile {
  const json: unknown = JSON.parse(text)
  return { x86_64: readArch(json, 'x86_64'), arm64: readArch(json, 'arm64') }
}

/** Sorted, so that a refresh shows as what has changed. */
export function formatLockFile(lock: LockFile): string {
  const sorted = (files: readonly LockedFile[]) => files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const archOf = ({ kernel, debian, npm }: LockedArch) => ({ kernel, debian: sorted(debian), npm: sorted(npm) })
  return `${JSON.stringify({ x86_64: archOf(lock.x86_64), arm64: archOf(lock.arm64) }, undefined, 2)}\n`
}

function readArch(json: unknown, name: ArchName): LockedArch {
  const entry = property(json, parseArch(name).name, 'packages.lock.json')
  const files = (kind: string): LockedFile[] => {
    const list = property(entry, kind, name)
    if (!Array.isArray(list)) throw new Error(`${name}.${kind} is no list`)
    return list.map((one: unknown, at) => readFile(one, `${name}.${kind}[${at}]`))
  }
  return { kernel: string(entry, 'kernel', name), debian: files('debian'), npm: files('npm') }
}

function readFile(json: unknown, where: string): LockedFile {
  const urls = property(json, 'urls', where)
  if (!Array.isArray(urls) || urls.length === 0 || !urls.every((url): url is string => typeof url === 'string' && url.startsWith('https://')))
    throw new Error(`${where}.urls is no list of https addresses`)
  const sha256 = string(json, 'sha256', where)
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${where}.sha256 is no SHA-256`)
  const sizeBytes = property(json, 'sizeBytes', where)
  if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) throw new Error(`${where}.sizeBytes is no size`)
  return { name: string(json, 'name', where), version: string(json, 'version', where), urls, sha256, sizeBytes }
}

function string(json: unknown, key: string, where: string): string {
  const value = property(json, key, where)
  if (typeof value !== 'string' || value === '') throw new Error(`${where}.${key} is no text`)
  return value
}

function property(json: unknown, key: string, where: string): unknown {
  if (typeof json !== 'object' || json === null || !(key in json)) throw new Error(`${where} has no ${key}`)
  return Reflect.get(json, key)
}
