import { execFile } from 'node:child_process'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { codeOf } from '../../../errors.ts'
import { readIfThere } from '../../../read-if-there.ts'

/**
 * Takes a VM for this process alone: a file with our pid and when we were started, so that a pid that was given out anew
 * is not taken for its former owner. Two who find a dead one's at the same time do not both get it.
 * @param purpose a line for whoever finds it taken. @see purposeOfHolder
 * @returns undefined when a living process has it
 */
export async function takePidLock(path: string, purpose = ''): Promise<AsyncDisposable | undefined> {
  const own = `${path}.${process.pid}`
  await writeFile(own, `${await identityOf(process.pid)}${purpose && `${purpose}\n`}`, { mode: 0o600 })
  try {
    for (;;) {
      try {
        await link(own, path)
        return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
      const holder = await holderOf(path)
      if (holder === 'alive') return undefined
      if (holder === 'dead') await removeStale(path, `${own}.stale`)
    }
  } finally {
    await rm(own, { force: true })
    await rm(`${own}.stale`, { force: true })
  }
}

/** Somebody else may have been quicker, and have it now: who took it away from them gives it back. */
async function removeStale(path: string, aside: string): Promise<void> {
  try {
    await rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if ((await holderOf(aside)) === 'alive') await link(aside, path)
}

async function holderOf(path: string): Promise<'alive' | 'dead' | 'nobody'> {
  const text = await readIfThere(path)
  return text === undefined ? 'nobody' : isAlive(text)
}

async function isAlive(text: string): Promise<'alive' | 'dead'> {
  const identity = text.slice(0, text.indexOf('\n') + 1)
  return (await identityOf(Number.parseInt(text, 10))) === identity ? 'alive' : 'dead'
}

/** What the living process that has the lock said it is for; undefined when nobody has it, or it said nothing. */
export async function purposeOfHolder(path: string): Promise<string | undefined> {
  const text = (await readIfThere(path)) ?? ''
  const [, purpose = ''] = text.split('\n')
  return purpose !== '' && (await isAlive(text)) === 'alive' ? purpose : undefined
}

/** A pid and when its process began. @see proc_pid_stat(5), field 22; ps(1) */
async function identityOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const [state = '', ...fields] = (await statOf(pid)).split(' ')
    // A zombie has ended; that its parent has not heard of it is not our business.
    return `${pid} ${['Z', 'X'].includes(state) ? 'ended' : (fields[18] ?? '')}\n`
  }
  const list = process.platform === 'win32' ? ['tasklist', '/NH', '/FO', 'CSV', '/FI', `PID eq ${pid}`] : ['ps', '-o', 'lstart=', '-p', String(pid)]
  const [program = '', ...args] = list
  const { stdout } = await promisify(execFile)(program, args).catch(() => ({ stdout: '' })) // ps fails when there is no such process.
  return `${pid} ${stdout.trim()}\n`
}

/** What follows the command's name, which may have spaces of its own. @returns '' when there is no such process */
async function statOf(pid: number): Promise<string> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(') ') + 2)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return ''
    throw error
  }
}
