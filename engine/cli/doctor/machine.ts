import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Finding } from './finding.ts'

/** What the engine starts, by Debian's package for it; of several, one is enough. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  runc: ['runc', 'crun'],
  conmon: ['conmon'],
  iproute2: ['ip'],
  nftables: ['nft'],
  mount: ['mount'],
  procps: ['ps'],
  tar: ['tar'],
}

/** Where root's tools are, which not everybody has in their PATH. */
const FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']

/** What an engine on this machine needs of it. @param fileSystems the text of /proc/filesystems */
export function machineFindings(path: string, fileSystems: string): Finding[] {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...FOLDERS]
  const missing = Object.entries(TOOLS).filter(([, names]) => !names.some((name) => folders.some((folder) => isProgram(join(folder, name)))))
  const packages = missing.map(([name]) => name).join(' ')
  const what = 'the tools that an engine needs here'
  const tools =
    missing.length === 0 ? { what } : { what, problem: `not all are here: ${packages}`, remedy: `As root: apt-get install --no-install-recommends ${packages}` }
  const overlay = { what: 'overlayfs in the kernel' }
  const hasOverlay = fileSystems.split(/\s+/).includes('overlay')
  return [
    tools,
    hasOverlay ? overlay : { ...overlay, problem: 'it is not there, or not loaded yet', remedy: 'As root: modprobe overlay', mend: ['modprobe', 'overlay'] },
  ]
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // Not here: the next folder may have it.
  }
}
