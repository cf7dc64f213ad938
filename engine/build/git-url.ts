import { EngineError } from '../errors.ts'

/** What a build takes from a git repository. */
export interface GitRepository {
  readonly url: string
  readonly revision: string
  /** Folder in it; empty for all of it. */
  readonly folder: string
}

/**
 * Reads what docker takes for a git repository: `git://…`, `git@…`, `github.com/…`, and URLs that end in `.git`, each
 * with `#revision:folder` behind it.
 * @returns undefined for what is none
 * @throws EngineError `invalid` for a revision that git would take for an option
 * @see docker build, "Git repositories"
 */
export function parseGitUrl(remote: string): GitRepository | undefined {
  const isGit = /^(?:git:\/\/|git@|github\.com\/)/.test(remote) || /^(?:https?|ssh):\/\/[^#]*\.git(?:#.*)?$/.test(remote)
  if (!isGit) return undefined
  const cut = remote.indexOf('#')
  const address = cut < 0 ? remote : remote.slice(0, cut)
  const [revision = '', ...folder] = cut < 0 ? [] : remote.slice(cut + 1).split(':')
  if (revision.startsWith('-')) throw new EngineError('invalid', `invalid refspec: ${revision}`)
  return { url: address.startsWith('github.com/') ? `https://${address}` : address, revision: revision || 'HEAD', folder: folder.join(':') }
}
