import { execFile } from 'node:child_process'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { codeOf } from '../../../errors.ts'

/**
 * Takes a VM for this process alone: a file with our pid and when we were started, so that a pid that was given out anew
 * is not taken for its former owner. (Should two take it in the same instant after a crash, the data is safe: QEMU locks
 * the disk by itself, and one of the two fails to start.)
 * @returns undefined when a living process has it
 */
export async function takePidLock(path: string): Promise<AsyncDisposable | undefined> {
  const own = `${path}.${process.pid}`
  await writeFile(own, await identityOf(process.pid), { mode: 0o600 })
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
      if (holder === 'dead') await rename(path, `${own}.stale`).catch(ignoreAbsent)
    }
  } finally {
    await rm(own, { force: true })
    await rm(`${own}.stale`, { force: true })
  }
}

async function holderOf(path: string): Promise<'alive' | 'dead' | 'nobody'> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'nobody'
    throw error
  }
  return (await identityOf(Number.parseInt(text, 10))) === text ? 'alive' : 'dead'
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

function ignoreAbsent(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error // Another one was quicker.
}
