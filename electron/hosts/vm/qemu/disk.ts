import { execFile } from 'node:child_process'
import { rename, rm, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { codeOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'
import type { DataDisk } from '../driver.ts'

const Information = Type.Object({ 'virtual-size': Type.Integer(), 'actual-size': Type.Integer() })

export interface DiskUsage {
  /** What the guest sees. */
  readonly sizeBytes: number
  /** What the file takes on the host. */
  readonly hostBytes: number
}

/**
 * Makes the disk, or grows it. It never shrinks: the guest's file system reaches to its end.
 * @throws PlainError when it is larger already than asked for, or the host has no room
 */
export async function prepareDisk({ path, sizeBytes }: DataDisk): Promise<void> {
  const usage = await diskUsage(path)
  if (!usage) return makeDisk(path, sizeBytes)
  if (usage.sizeBytes > sizeBytes)
    throw new PlainError(
      `The data disk has ${usage.sizeBytes} bytes and cannot shrink to ${sizeBytes}.`,
      'Ask for at least as much as it has, or begin anew with: engineroom vm reset erase',
    )
  if (usage.sizeBytes < sizeBytes) await qemuImg('resize', '-f', 'qcow2', path, String(sizeBytes))
}

/** What a crash leaves of a half-made disk has another name. */
async function makeDisk(path: string, sizeBytes: number): Promise<void> {
  const temporary = `${path}.new`
  await rm(temporary, { force: true })
  await qemuImg('create', '-q', '-f', 'qcow2', '-o', 'lazy_refcounts=on', temporary, String(sizeBytes))
  await rename(temporary, path)
}

/** @returns undefined when there is none. Works while the VM runs. */
export async function diskUsage(path: string): Promise<DiskUsage | undefined> {
  try {
    await stat(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  const information: unknown = JSON.parse(await qemuImg('info', '--force-share', '--output=json', '-f', 'qcow2', path))
  if (!Check(Information, information)) throw new Error(`qemu-img said of ${path}: ${JSON.stringify(information)}`)
  return { sizeBytes: information['virtual-size'], hostBytes: information['actual-size'] }
}

/** Writes the disk anew without what is empty. The machine must be off. @returns bytes that the host got back */
export async function compactDisk(path: string): Promise<number> {
  const before = await diskUsage(path)
  if (!before) return 0
  const temporary = `${path}.compact`
  try {
    await qemuImg('convert', '-f', 'qcow2', '-O', 'qcow2', '-o', 'lazy_refcounts=on', path, temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }) // It may be what took the last room on the disk.
    throw error
  }
  const after = await diskUsage(path)
  return Math.max(0, before.hostBytes - (after?.hostBytes ?? 0))
}

/** Mends what is wrong in the disk's own tables. The machine must be off. @throws PlainError when it cannot be mended */
export async function repairDisk(path: string): Promise<void> {
  if (await diskUsage(path)) await qemuImg('check', '-q', '-f', 'qcow2', '-r', 'all', path)
}

async function qemuImg(...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('qemu-img', args)
    return stdout
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new PlainError('qemu-img is not installed.', 'On Debian: apt-get install qemu-utils')
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new PlainError(`qemu-img ${args[0]} failed: ${said}`, 'Is there room on the disk, and is the VM stopped?', { cause: error })
  }
}
