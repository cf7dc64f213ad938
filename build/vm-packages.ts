import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What starts a virtual machine, and makes its image. @throws Error when it is missing and cannot be installed; why has been said */
export function installVmPackages(): void {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('setup.mjs', import.meta.url)), 'vm'], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the virtual machine needs these packages')
}
