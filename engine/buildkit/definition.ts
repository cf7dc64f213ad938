import { EngineError } from '../errors.ts'
import type { BuildStatus } from './build-status.ts'
import { readFew } from './client-files.ts'
import type { ClientSession } from './session.ts'
import { Transfer } from './transfer.ts'

/** What a build has before it has its context. */
interface Beginning {
  readonly scratch: string
  readonly status: BuildStatus
  readonly signal: AbortSignal
}

/** The Dockerfile, and what its own ignore file says. */
export interface Definition {
  readonly dockerfile: string
  readonly ownIgnoreFile: string | undefined
}

/** Reads the Dockerfile from the client. @throws EngineError `invalid` when there is none */
export async function loadDefinition(session: ClientSession, filename: string, { scratch, status, signal }: Beginning): Promise<Definition> {
  const transfer = new Transfer(status, `[internal] load build definition from ${filename}`, 'transferring dockerfile:')
  try {
    const paths = [filename, `${filename}.dockerignore`]
    const found = await readFew(session, { folder: 'dockerfile', paths, scratch, signal, onBytes: (total) => transfer.bytes(total) })
    const dockerfile = found.get(filename)
    if (dockerfile === undefined) throw new EngineError('invalid', `failed to read dockerfile: open ${filename}: no such file or directory`)
    transfer.end()
    return { dockerfile, ownIgnoreFile: found.get(`${filename}.dockerignore`) }
  } catch (error) {
    transfer.fail(error)
    throw error
  }
}

/** Reads what of one of its folders the client does not want to send. @returns nothing when it does not say */
export async function loadIgnoreFile(
  session: ClientSession,
  { folder, title }: { readonly folder: string; readonly title: string },
  { scratch, status, signal }: Beginning,
): Promise<string> {
  const transfer = new Transfer(status, `${title} load .dockerignore`, 'transferring context:')
  try {
    const found = await readFew(session, { folder, paths: ['.dockerignore'], scratch, signal, onBytes: (total) => transfer.bytes(total) })
    transfer.end()
    return found.get('.dockerignore') ?? ''
  } catch (error) {
    transfer.fail(error)
    throw error
  }
}
