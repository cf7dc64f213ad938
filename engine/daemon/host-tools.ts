import { accessSync, constants, existsSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import type { RuntimeChoices } from '../containers/parts.ts'
import { ConfigurationError } from './configuration-error.ts'
import { runtimeFeatures } from './runtime-notes.ts'

/** Debian's package for each tool the engine stands on. */
const PACKAGE_OF: Readonly<Record<string, string>> = { conmon: 'conmon', ip: 'iproute2', nft: 'nftables', mount: 'mount', tar: 'tar', ps: 'procps' }

export interface HostTools {
  readonly conmon: string
  readonly runtimes: RuntimeChoices
  readonly runtimeVersion: string
  readonly initPath: string | undefined
  readonly busyboxPath: string | undefined
}

/**
 * Finds the tools on this machine, once, at start.
 * @param wanted `name=path` of `--add-runtime`
 * @param notes where it is kept what runtimes have said of themselves
 * @throws ConfigurationError that names what to install
 */
export async function findHostTools(wanted: readonly string[], defaultRuntime: string | undefined, notes: string): Promise<HostTools> {
  const missing = Object.keys(PACKAGE_OF).filter((tool) => !findTool(tool))
  const candidates = new Map<string, string>()
  for (const name of ['runc', 'crun']) {
    const path = findTool(name)
    if (path) candidates.set(name, path)
  }
  for (const pair of wanted) {
    const cut = pair.indexOf('=')
    if (cut < 1) throw new ConfigurationError(`invalid --add-runtime ${pair}: use name=path`)
    candidates.set(pair.slice(0, cut), pair.slice(cut + 1))
  }
  const packages = [...missing.map((tool) => PACKAGE_OF[tool] ?? tool), ...(candidates.size === 0 ? ['runc'] : [])]
  if (packages.length > 0) throw new ConfigurationError(`the engine needs more of this machine: apt-get install --no-install-recommends ${packages.join(' ')}`)
  const defaultName = defaultRuntime ?? (candidates.has('runc') ? 'runc' : ([...candidates.keys()][0] ?? 'runc'))
  const chosen = candidates.get(defaultName)
  if (!chosen) throw new ConfigurationError(`specified default runtime '${defaultName}' does not exist`)
  const features = await runtimeFeatures([...candidates.values()], notes)
  const byName = new Map(
    [...candidates].map(([name, path]) => {
      const mountOptions = features.get(path)?.mountOptions ?? []
      return [name, { path, args: [], isRunc: basename(path) === 'runc', mountOptions }]
    }),
  )
  return {
    conmon: findTool('conmon') ?? 'conmon',
    runtimes: { defaultName, byName },
    runtimeVersion: features.get(chosen)?.version ?? 'unknown',
    initPath: ['/usr/bin/tini-static', '/usr/libexec/docker/docker-init'].find((path) => existsSync(path)),
    busyboxPath: findTool('busybox'),
  }
}

/** Also looks where root's tools are: a daemon may be started with a short PATH. */
function findTool(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  // Most are not there, and an error for each takes longer than to look.
  if (!existsSync(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // Not ours to run: the next folder may have it.
  }
}
