import { mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from '../errors.ts'
import { run, ToolError } from './run.ts'

/** The four folders of one overlay file system. @see kernel Documentation/filesystems/overlayfs.rst */
export interface Overlay {
  /** Read-only layers, top-most first. */
  readonly lower: readonly string[]
  readonly upper: string
  readonly work: string
  readonly merged: string
}

/** A read-only overlay needs at least two layers; with one, a bind mount does the same. */
export interface ReadOnlyOverlay {
  readonly lower: readonly string[]
  readonly merged: string
}

/**
 * Mounts a container's root file system. `layersRoot` is the folder that all lower directories share: the mount
 * is made from there with relative names, so that 127 layers fit into the one page of mount options.
 */
export async function mountOverlay(overlay: Overlay, layersRoot: string): Promise<void> {
  const options = `lowerdir=${relativeNames(overlay.lower, layersRoot)},upperdir=${overlay.upper},workdir=${overlay.work}`
  await run('mount', ['-n', '-i', '-t', 'overlay', '-o', options, 'overlay', overlay.merged], { cwd: layersRoot })
}

export async function mountReadOnly(overlay: ReadOnlyOverlay, layersRoot: string): Promise<void> {
  const [only] = overlay.lower
  if (overlay.lower.length === 1 && only) {
    await run('mount', ['-n', '-o', 'bind,ro', only, overlay.merged])
    return
  }
  const options = `ro,lowerdir=${relativeNames(overlay.lower, layersRoot)}`
  await run('mount', ['-n', '-i', '-t', 'overlay', '-o', options, 'overlay', overlay.merged], { cwd: layersRoot })
}

/** @throws Error for a name that would mean something to the options of the mount: the kernel would take it for several */
function relativeNames(lower: readonly string[], layersRoot: string): string {
  const names = lower.map((path) => (path.startsWith(`${layersRoot}/`) ? path.slice(layersRoot.length + 1) : path))
  const odd = names.find((name) => /[:,\\]/.test(name))
  if (odd !== undefined) throw new Error(`not a layer that can be mounted: ${odd}`)
  return names.join(':')
}

/** Bind-mounts `source` on `target`, which must exist. */
export async function bindMount(source: string, target: string): Promise<void> {
  await run('mount', ['-n', '--rbind', source, target])
}

/**
 * Bind-mounts on `target`, which must exist, what is open behind a path of /proc, and not what its name says by then:
 * mount(8) would read the link and go by the name.
 */
export async function bindMountOpen(path: string, target: string): Promise<void> {
  await run('mount', ['-n', '-i', '-c', '--bind', path, target])
}

/** Mounts a file system in memory; the folder is made. */
export async function mountTmpfs(name: string, target: string, options: readonly string[]): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 })
  await run('mount', ['-n', '-i', '-t', 'tmpfs', '-o', options.join(','), name, target])
}

/** Unmounts `path` and everything below it. Idempotent; lazy, so that a reader cannot keep it. */
export async function unmount(path: string): Promise<void> {
  try {
    await run('umount', ['-n', '-l', path])
  } catch (error) {
    if (error instanceof ToolError && /not mounted|no mount point|No such file/.test(error.stderr)) return
    throw error
  }
}

/**
 * Unmounts an overlay, if one is mounted at `path`. Quicker than {@link unmount} where none is: an overlay is a device of its
 * own, and no program need be started to see that.
 */
export async function unmountOverlay(path: string): Promise<void> {
  try {
    const [here, above] = await Promise.all([stat(path), stat(dirname(path))])
    if (here.dev !== above.dev) await unmount(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

export async function makeOverlayFolders(overlay: Overlay): Promise<void> {
  await mkdir(overlay.upper, { recursive: true, mode: 0o755 })
  await mkdir(overlay.work, { recursive: true, mode: 0o700 })
  await mkdir(overlay.merged, { recursive: true, mode: 0o700 })
}

/** Every mount point at or below `root`, deepest last, as the kernel tells it. @see proc(5) mountinfo */
export async function mountsBelow(root: string): Promise<string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  return mounts
    .split('\n')
    .map((line) => unescapeMountPath(line.split(' ')[4] ?? ''))
    .filter((path) => path === root || path.startsWith(join(root, '/')))
}

/** Of those, the ones that are not inside another: {@link unmount} takes along what is inside. */
export async function topMountsBelow(root: string): Promise<string[]> {
  const all = await mountsBelow(root)
  return all.filter((path) => !all.some((other) => path.startsWith(join(other, '/'))))
}

function unescapeMountPath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
