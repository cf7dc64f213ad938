import { lstat, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { downloadFile } from '../build/download.ts'
import { gitSource } from '../build/git-source.ts'
import type { BuildSecrets } from '../build/request.ts'
import { EngineError, hasCode, messageOf } from '../errors.ts'
import { secretsOf } from './session.ts'
import type { Solving } from './solve-dockerfile.ts'
import { VertexRun } from './vertex-outputs.ts'
import type { WantedContext } from './wanted-context.ts'

/** What of the web stands for a name. */
export type RemoteContext = Extract<WantedContext, { readonly kind: 'git' | 'web' }>

/** What BuildKit calls a file that stands for a name. */
const FILE_NAME = 'context'

/** Fetches what of the web stands for a name in a Dockerfile. @param scratch where it lies as long as the build goes on @returns a folder */
export async function fetchRemote(name: string, wanted: RemoteContext, scratch: string, { session, status, signal }: Solving): Promise<string> {
  const title = wanted.kind === 'git' ? '[internal] load git source' : `[context ${name}]`
  const vertex = new VertexRun(status, `${title} ${wanted.address}`)
  try {
    const folder = await mkdtemp(join(scratch, 'named-'))
    const root = wanted.kind === 'git' ? await fetchFolder(wanted, { folder, secrets: secretsOf(session, signal) }, signal) : folder
    if (wanted.kind === 'web') await downloadFile(wanted.address, join(folder, FILE_NAME), signal)
    vertex.end()
    return root
  } catch (error) {
    vertex.end(messageOf(error))
    throw error
  }
}

async function fetchFolder(
  { repository }: Extract<RemoteContext, { readonly kind: 'git' }>,
  into: { readonly folder: string; readonly secrets: BuildSecrets },
  signal: AbortSignal,
): Promise<string> {
  const { path } = await gitSource(repository, { ...into, keepsHistory: false }, signal)
  const stat = await lstat(path).catch((error) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  })
  if (!stat?.isDirectory()) throw new EngineError('invalid', `${repository.folder} is no folder of ${repository.url}`)
  return path
}
