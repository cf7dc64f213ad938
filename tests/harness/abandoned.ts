import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SIGKILL, sendSignal } from '../../engine/linux/process.ts'
import { processesOn } from './leaks.ts'
import { forgetInTheKernel } from './reboot.ts'

const PLACE = '/tmp'
const OWNER = 'owner.json'

interface Owner {
  /** Of the process that runs the test. */
  readonly pid: number
  readonly bridge: string
}

/** Says whose a test daemon's folder is, for {@link sweepAbandoned}. */
export async function noteOwner(root: string, bridge: string): Promise<void> {
  const owner: Owner = { pid: process.pid, bridge }
  await writeFile(join(root, OWNER), JSON.stringify(owner))
}

/** Removes what tests have left that were killed: no disposal ran, and their containers live on. Those of tests that run are left alone. */
export async function sweepAbandoned(): Promise<void> {
  for (const name of (await readdir(PLACE)).filter((one) => /^er-\w{6}$/.test(one))) {
    const root = join(PLACE, name)
    const owner = await ownerOf(root)
    if (!owner || isAlive(owner.pid)) continue
    process.stderr.write(`${root} was left by a test that was killed: it is removed\n`)
    for (const { pid } of await processesOn(root)) sendSignal(pid, SIGKILL)
    // Data that were moved have a name beside that.
    for (const data of (await readdir(root)).filter((one) => one.startsWith('data')))
      await forgetInTheKernel({ root, dataRoot: join(root, data), bridge: owner.bridge })
    await rm(root, { recursive: true, force: true })
  }
}

/** Of a folder that says nothing, undefined: it is no test daemon's, or one is just being made. */
async function ownerOf(root: string): Promise<Owner | undefined> {
  const text = await readFile(join(root, OWNER), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Owner)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
