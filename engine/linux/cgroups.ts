import { existsSync, readFileSync } from 'node:fs'
import { readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors.ts'

const ROOT = '/sys/fs/cgroup'

/** Which cgroup layout this machine has. A hybrid mount (v1 controllers with an empty v2 tree) counts as v1. @see cgroups(7) */
export type CgroupVersion = 1 | 2

export function cgroupVersion(): CgroupVersion {
  return existsSync(join(ROOT, 'cgroup.controllers')) ? 2 : 1
}

/** The root folders in which a container's cgroup path appears: one on v2, one per hierarchy on v1. */
export function cgroupHierarchies(): string[] {
  if (cgroupVersion() === 2) return [ROOT]
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, path, type]) => (type === 'cgroup' || type === 'cgroup2') && path?.startsWith(`${ROOT}/`))
    .map(([, path]) => path ?? '')
}

/** The hierarchy folder of one v1 controller, or the only one on v2. */
export function controllerRoot(controller: string): string {
  return cgroupVersion() === 2 ? ROOT : join(ROOT, controller)
}

/** Whether there is such a cgroup, in cgroup v2. */
export function hasCgroup(cgroupPath: string): boolean {
  return existsSync(join(ROOT, cgroupPath))
}

/**
 * Removes the cgroup of a container that has no process left, in every hierarchy, with what the container
 * nested inside. Idempotent.
 */
export async function removeCgroup(cgroupPath: string, hierarchies: readonly string[]): Promise<void> {
  await Promise.all(hierarchies.map((root) => removeTree(join(root, cgroupPath))))
}

/** Removes a cgroup that groups others, in every hierarchy where nothing is below it any more. Idempotent. */
export async function removeEmptyCgroup(cgroupPath: string): Promise<void> {
  for (const root of cgroupHierarchies()) {
    try {
      await rmdir(join(root, cgroupPath))
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EBUSY', 'ENOTEMPTY')) throw error
    }
  }
}

async function removeTree(path: string): Promise<void> {
  try {
    await rmdir(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    if (!hasCode(error, 'EBUSY', 'ENOTEMPTY')) throw error
    // Nested cgroups first; a process that is still dying makes the kernel say busy for a moment.
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory()) await removeTree(join(path, entry.name))
    }
    await retryRemoval(path)
  }
}

async function retryRemoval(path: string): Promise<void> {
  for (let delayMs = 2; ; delayMs *= 2) {
    try {
      await rmdir(path)
      return
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return
      if (!hasCode(error, 'EBUSY') || delayMs > 1000) throw error
      await new Promise((resolve) => setTimeout(resolve, delayMs))
    }
  }
}

/** The names of the cgroups directly below `parent`, in any hierarchy: reconcile looks for orphans there. */
export async function listCgroups(parent: string): Promise<string[]> {
  const names = new Set<string>()
  for (const root of cgroupHierarchies()) {
    try {
      for (const entry of await readdir(join(root, parent), { withFileTypes: true })) if (entry.isDirectory()) names.add(entry.name)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
  }
  return [...names]
}
