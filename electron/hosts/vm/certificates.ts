import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf } from '../../errors.ts'
import { PlainError } from '../plain-error.ts'

/** One side's papers: PEM. */
export interface Papers {
  readonly ca: Buffer
  readonly cert: Buffer
  readonly key: Buffer
}

export interface VmCertificates {
  /** For the daemon in the guest. */
  readonly server: Papers
  /** For us. */
  readonly client: Papers
}

/** What the guest's certificate says: the connection comes through the loopback, whatever its port. */
export const SERVER_NAME = 'localhost'

/** They never leave the person's computer and its guest, and are made anew by `vm reset repair`. */
const DAYS = 3650

/**
 * The certificates of one VM, made when there are none. `engineroom certs` makes them: a folder that appears when all
 * of it is there, with keys that only their owner can read.
 * @param client the program of our own client, which has that command
 * @throws PlainError when they cannot be made
 */
export async function vmCertificates(folder: string, client: readonly [string, ...string[]], name: string): Promise<VmCertificates> {
  if (!(await papersOf(join(folder, 'server')))) await make(folder, client, name)
  const [server, own] = await Promise.all([papersOf(join(folder, 'server')), papersOf(join(folder, 'client'))])
  if (!server || !own) throw new PlainError(`${folder} is incomplete.`, 'Make them anew with: engineroom vm reset repair')
  return { server, client: own }
}

export async function removeCertificates(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

async function make(folder: string, [program, ...args]: readonly [string, ...string[]], name: string): Promise<void> {
  try {
    await promisify(execFile)(program, [...args, 'certs', '--out', folder, '--host', `engineroom-${name}`, '--name', 'engineroom host', '--days', String(DAYS)])
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new PlainError(`The certificates of the VM could not be made: ${said}`, 'Is openssl installed?', { cause: error })
  }
}

async function papersOf(folder: string): Promise<Papers | undefined> {
  try {
    const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map((file) => readFile(join(folder, file))))
    return ca && cert && key && { ca, cert, key }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
