import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Installation, PACKAGES_FOLDER } from './installation.ts'

/** What asks this computer's administrator, in a dialog of the desktop's. @see pkexec(1) */
const PKEXEC = '/usr/bin/pkexec'
/** Of pkexec: somebody has closed the dialog. */
const DISMISSED = 126

/** Installs what is in a folder. @returns why not, in words, or none where a person thought better of it; undefined when it is done */
export type Installer = (folder: string) => Promise<string | undefined>

/**
 * What installs a release here. Our own program, which belongs to root, does it with the engine's Node: the window's is none.
 * @param folder of the window's program
 * @returns undefined where there is no polkit, or no package
 */
export function installerFor(folder: string, { format }: Installation, pkexec = PKEXEC): Installer | undefined {
  const words = [pkexec, join(folder, PACKAGES_FOLDER, `node_modules/node-linux-${process.arch}/bin/node`), join(folder, 'install-update.cjs')]
  if (format === undefined || !words.every((path) => existsSync(path))) return undefined
  return (release) => install([...words, release])
}

async function install([program = '', ...args]: readonly string[]): Promise<string | undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const { promise: code, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', reject)
  child.once('close', resolve)
  const [exitCode, complaint] = await Promise.all([code, text(child.stderr)])
  if (exitCode === 0) return undefined
  return exitCode === DISMISSED ? '' : (complaint.trim().split('\n').at(-1) ?? `exit code ${exitCode}`)
}
