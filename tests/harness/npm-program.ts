import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.ts'

/** A client that npm has, at a version that is pinned. */
export interface NpmProgram {
  readonly package: string
  readonly version: string
  /** Of the package: the file that Node runs. */
  readonly main: string
}

/**
 * The program's path in the cache, beside those that Go builds; it is installed once.
 * @throws Error with what npm says
 */
export async function npmProgram({ package: name, version, main }: NpmProgram): Promise<string> {
  const folder = join(homedir(), '.cache/engineroom/peers', `${name.replace(/^@/, '').replace('/', '-')}-${version}`)
  if (!existsSync(folder)) {
    const half = `${folder}.new`
    await rm(half, { recursive: true, force: true })
    await mkdir(half, { recursive: true })
    const { code, stdout, stderr } = await run('npm', ['install', '--prefix', half, '--no-audit', '--no-fund', `${name}@${version}`], { timeoutMs: 300_000 })
    if (code !== 0) throw new Error(`npm install ${name}@${version}: ${stdout}${stderr}`)
    await rename(half, folder)
  }
  return join(folder, 'node_modules', name, main)
}

/** What editors make development containers with. */
export const DEVCONTAINER: NpmProgram = { package: '@devcontainers/cli', version: '0.89.0', main: 'devcontainer.js' }
