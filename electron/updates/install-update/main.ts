import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { messageOf } from '../../errors.ts'
import { readInstallation } from '../installation.ts'
import { INSTALLED_VERSION } from '../version.ts'
import { takeOverUpdate } from './install-update.ts'

/** `install-update FOLDER`, as root: installs the release that a window has fetched there. @returns its exit code */
async function main(): Promise<number> {
  const [folder, ...more] = process.argv.slice(2)
  if (folder === undefined || more.length > 0) throw new Error('it takes the folder of a release, and nothing else')
  const work = await mkdtemp('/var/tmp/engineroom-update-')
  try {
    const installation = await readInstallation(__dirname)
    const [tool, ...args] = await takeOverUpdate({ installation, installedVersion: INSTALLED_VERSION, arch: process.arch, folder, work })
    const child = spawn(tool, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
    return await promise
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exit(1)
  },
)
