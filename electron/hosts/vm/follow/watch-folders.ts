import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'

/** Who puts files somewhere puts several. */
const QUIET_MS = 300

/**
 * Tells when something has changed in one of these folders or in a folder in them, also in one that is not there yet. The
 * system tells us: nothing is asked while nothing changes. Disposal ends it; it keeps no process alive.
 */
export function watchFolders(folders: readonly string[], changed: () => void): Disposable {
  let watchers: FSWatcher[] = []
  let quiet: NodeJS.Timeout | undefined
  const stop = () => {
    clearTimeout(quiet)
    quiet = undefined
    for (const watcher of watchers) watcher.close()
    watchers = []
  }
  const arm = () => {
    stop()
    watchers = folders.flatMap((folder) => placesOf(folder).flatMap(({ path, only }) => watcherOf(path, only, notice)))
  }
  const notice = () => {
    quiet ??= setTimeout(() => {
      // Folders may have come and gone. What changes from here on is noticed again.
      arm()
      changed()
    }, QUIET_MS).unref()
  }
  arm()
  return { [Symbol.dispose]: stop }
}

interface WatchedPlace {
  readonly path: string
  /** The name that matters; without, all do. */
  readonly only?: string
}

/** The folder with those in it; while it is not there, the nearest that is. */
function placesOf(folder: string): WatchedPlace[] {
  if (isFolder(folder)) return [folder, ...foldersIn(folder)].map((path) => ({ path }))
  let [missing, parent] = [folder, dirname(folder)]
  while (!isFolder(parent) && parent !== dirname(parent)) [missing, parent] = [parent, dirname(parent)]
  return [{ path: parent, only: missing.slice(dirname(missing).length).replace(/^[/\\]/, '') }]
}

/** @returns none when it has gone meanwhile, or is not ours to look at */
function watcherOf(path: string, only: string | undefined, notice: () => void): FSWatcher[] {
  try {
    const watcher = watch(path, { persistent: false }, (_, name) => {
      if (only === undefined || name === only || name === null) notice()
    })
    watcher.on('error', notice)
    return [watcher]
  } catch {
    return []
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []))
  } catch {
    return []
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
