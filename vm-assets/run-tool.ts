import { spawn } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'
import { hasCode } from '../engine/errors.ts'

/** Debian's package for each tool that images are made with. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  'dpkg-deb': 'dpkg',
  'mkfs.erofs': 'erofs-utils',
  depmod: 'kmod',
  rpmbuild: 'rpm',
  tar: 'tar',
  xz: 'xz-utils',
  zstd: 'zstd',
}

/**
 * Runs a tool to its end.
 * @returns what it wrote to standard output
 * @throws Error with what it said, or with what to install
 */
export async function runTool(
  tool: string,
  args: readonly string[],
  { input, cwd, env: more }: { readonly input?: Uint8Array; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Buffer> {
  // The tools of administrators are not in everybody's PATH; and their words must not depend on who calls.
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C', TZ: 'UTC', ...more }
  const child = spawn(tool, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = Promise.withResolvers<number | null>()
  child.once('close', ended.resolve)
  child.once('error', (error) => {
    const install = hasCode(error, 'ENOENT') ? `${tool} is not here: apt-get install --no-install-recommends ${PACKAGE_OF[tool] ?? tool}` : error.message
    ended.reject(new Error(install, { cause: error }))
  })
  // Who does not read to the end says why on standard error.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [exitCode, output, complaint] = await Promise.all([ended.promise, buffer(child.stdout), text(child.stderr)])
  if (exitCode !== 0) throw new Error(`${tool} ${args.join(' ')}: ${complaint.trim() || `exit code ${exitCode}`}`)
  return output
}
