import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the package engineroom-vm has what guests boot from: beside our bundles, `dist/vm/`. */
const PACKAGED = join(import.meta.dirname, '../../vm-image')

/** Where what this computer's guests boot from is looked for: where a package has it, else where `vm build` puts it. */
export function defaultAssetsFolder(env: NodeJS.ProcessEnv = process.env, packaged = PACKAGED): string {
  if (existsSync(packaged)) return packaged
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'engineroom', 'vm', process.arch === 'arm64' ? 'arm64' : 'x86_64')
}
