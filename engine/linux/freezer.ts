import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupVersion, controllerRoot } from './cgroups.ts'

/** How often the kernel is asked again, and how long it gets each time. */
const ROUNDS = 20
const ROUND_MS = 100

/**
 * Stops every process of a cgroup where it stands.
 * @throws Error when the kernel cannot; the processes run on then
 * @see kernel Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst, cgroups(7)
 */
export async function freeze(cgroupPath: string): Promise<void> {
  const { file, freezes, thaws, isFrozen } = freezerOf(cgroupPath)
  for (let round = 0; round < ROUNDS; round++) {
    await writeFile(file, freezes)
    for (let waitedMs = 0; waitedMs < ROUND_MS; waitedMs += 2) {
      if (await isFrozen()) return
      await sleep(2)
    }
    // On v1 a process with several threads that was caught in exec(2) waits for threads that are frozen already, for
    // ever: the runtime's init is one, just after a start. Let go, and try again.
    await writeFile(file, thaws)
    await sleep(10)
  }
  throw new Error(`the kernel did not freeze ${file} within ${(ROUNDS * ROUND_MS) / 1000} seconds`)
}

/** Lets the processes of a cgroup run again. */
export async function thaw(cgroupPath: string): Promise<void> {
  const { file, thaws } = freezerOf(cgroupPath)
  await writeFile(file, thaws)
}

interface Freezer {
  readonly file: string
  readonly freezes: string
  readonly thaws: string
  isFrozen(): Promise<boolean>
}

function freezerOf(cgroupPath: string): Freezer {
  const folder = join(controllerRoot('freezer'), cgroupPath)
  const says = async (name: string, pattern: RegExp) => pattern.test(await readFile(join(folder, name), 'utf8'))
  return cgroupVersion() === 2
    ? { file: join(folder, 'cgroup.freeze'), freezes: '1', thaws: '0', isFrozen: () => says('cgroup.events', /^frozen 1$/m) }
    : { file: join(folder, 'freezer.state'), freezes: 'FROZEN', thaws: 'THAWED', isFrozen: () => says('freezer.state', /^FROZEN$/m) }
}
