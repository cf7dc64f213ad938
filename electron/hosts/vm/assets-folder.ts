import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where `vm build` puts what this computer's guests boot from. */
export function defaultAssetsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'engineroom', 'vm', process.arch === 'arm64' ? 'arm64' : 'x86_64')
}
