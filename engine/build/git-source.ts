import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../errors.ts'
import { fetchRevision } from '../linux/git.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import { ToolError } from '../linux/run.ts'
import { gitAuthorization } from './git-authorization.ts'
import type { GitRepository } from './git-url.ts'
import type { BuildSecrets } from './request.ts'
import type { Source } from './sources.ts'

/**
 * Fetches what a build takes from a git repository: all of it at a revision, or one folder.
 * @param into empty folder @param secrets among which may be what opens it
 * @returns where it is
 * @throws EngineError `system` with git's words, `not-implemented` when there is no git
 */
async function fetchRepository(
  { url, revision, folder }: GitRepository,
  { into, secrets }: { into: string; secrets: BuildSecrets | undefined },
  signal: AbortSignal,
): Promise<string> {
  const authorization = secrets && (await gitAuthorization(url, secrets))
  try {
    await fetchRevision({ url, revision, authorization }, into, signal)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    if (error.exitCode === null)
      throw new EngineError('not-implemented', 'builds from git repositories need git, which is not on this machine', { cause: error })
    throw new EngineError('system', `unable to fetch ${url}: ${error.stderr.trim()}`, { cause: error })
  }
  return folder === '' ? into : resolveInRoot(into, folder)
}

/** What a build names by the address of a repository: its files, and its history only if that is asked for. @see Dockerfile reference, "ADD --keep-git-dir" */
export async function gitSource(
  repository: GitRepository,
  options: { readonly folder: string; readonly keepsHistory: boolean; readonly secrets: BuildSecrets | undefined },
  signal: AbortSignal,
): Promise<Source> {
  const into = await mkdtemp(join(options.folder, 'repository-'))
  const path = await fetchRepository(repository, { into, secrets: options.secrets }, signal)
  if (!options.keepsHistory) await rm(join(into, '.git'), { recursive: true, force: true })
  return { path, name: '', isFolder: true, isRemote: false }
}
