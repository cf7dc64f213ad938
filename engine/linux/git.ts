import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { ToolError } from './run.ts'

/** Only what leads to other machines, also for submodules; and nobody is there to be asked for a password. */
const ENVIRONMENT = { GIT_TERMINAL_PROMPT: '0', GIT_PROTOCOL_FROM_USER: '0', GIT_ALLOW_PROTOCOL: 'git:http:https:ssh' }

/** What is fetched, and how. */
export interface GitFetch {
  readonly url: string
  /** Branch, tag or commit. */
  readonly revision: string
  /** For HTTP's `Authorization`, to the repository's own host alone. */
  readonly authorization?: string | undefined
}

/**
 * Fetches one revision of a repository into an empty folder, with its submodules: without its history where the server
 * can do that.
 * @param signal kills what runs
 * @throws ToolError with git's words; `exitCode` is null when there is no git
 * @see git-fetch(1)
 */
export async function fetchRevision({ url, revision, authorization }: GitFetch, folder: string, signal: AbortSignal): Promise<void> {
  const env = { ...process.env, ...ENVIRONMENT, ...(authorization === undefined ? {} : headerFor(url, authorization)) }
  const git = (...args: string[]) => run(['git', '-C', folder, ...args], env, signal)
  await git('init', '--quiet')
  await git('remote', 'add', 'origin', '--', url)
  try {
    await git('fetch', '--quiet', '--depth', '1', 'origin', '--', revision)
    await git('checkout', '--quiet', 'FETCH_HEAD')
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ToolError) || error.exitCode === null) throw error
    // Servers of plain files know no depth, and others give no commits that have no name.
    await git('fetch', '--quiet', '--tags', 'origin', '+refs/heads/*:refs/remotes/origin/*', ...(revision === 'HEAD' ? ['HEAD'] : []))
    await git('checkout', '--quiet', revision === 'HEAD' ? 'FETCH_HEAD' : revision, '--')
  }
  await git('submodule', '--quiet', 'update', '--init', '--recursive', '--depth', '1')
}

/** Not as an argument, which everybody on the machine sees, nor in the folder, which an image may get. */
function headerFor(url: string, authorization: string): NodeJS.ProcessEnv {
  return { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`, GIT_CONFIG_VALUE_0: `Authorization: ${authorization}` }
}

async function run(command: readonly [string, ...string[]], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const [program, ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env, signal, killSignal: 'SIGKILL' })
  const complaint = text(child.stderr)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', (cause) =>
    reject(signal.aborted ? signal.reason : new ToolError(command, { exitCode: null, signal: null, stderr: cause.message, cause })),
  )
  child.once('close', async (exitCode, killedBy) => {
    if (exitCode === 0) resolve()
    else reject(new ToolError(command, { exitCode: exitCode ?? -1, signal: killedBy, stderr: await complaint }))
  })
  return promise
}
