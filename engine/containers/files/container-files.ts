import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { EngineError, hasCode } from '../../errors.ts'
import { openSubpath } from '../../volumes/subpath.ts'
import type { Container } from '../container.ts'
import type { ContainerParts } from '../parts.ts'
import { holdRootfs } from '../rootfs.ts'
import { isLive } from '../state.ts'
import { asPathError, isMissing } from './path-error.ts'
import { RootView, type ViewMount } from './root-view.ts'

/** A container's files, open for a copy. */
export interface ContainerFiles extends AsyncDisposable {
  readonly view: RootView
  /** Where the host has the root, for what is no business of the container's mounts. */
  readonly root: string
}

/**
 * Opens the files of a container, running or not: its root, its volumes and binds, and the files that the engine writes
 * for it. As under docker, file systems that exist only while it runs (`/proc`, tmpfs) are not among them.
 * @throws EngineError `conflict` when the container is being removed
 */
export async function openFiles(parts: ContainerParts, container: Container): Promise<ContainerFiles> {
  await using undo = new AsyncDisposableStack()
  const hold = undo.use(await holdRootfs(parts, container))
  const view = undo.use(await RootView.open(hold.path))
  const isPlaceMade = !isLive(container.state)
  for (const { source, subpath, destination, isReadOnly } of mountsOf(parts, container)) {
    const mount = subpath === undefined ? await viewMount(source, isReadOnly) : await viewPart(source, subpath, isReadOnly, undo)
    if (mount) await view.mount(Buffer.from(destination).toString('latin1'), mount, isPlaceMade)
  }
  view.isRootReadOnly = container.spec.hostConfig.ReadonlyRootfs ?? false
  const kept = undo.move()
  return { view, root: hold.path, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

interface FileMount {
  readonly source: string
  readonly subpath?: string | undefined
  readonly destination: string
  readonly isReadOnly: boolean
}

/** Outer mounts before those inside them. */
function mountsOf(parts: ContainerParts, container: Container): FileMount[] {
  const { id, spec } = container
  const mounts = spec.mounts
    .filter(({ type }) => type !== 'tmpfs')
    .map(({ source, subpath, destination, rw }) => ({ source, subpath, destination, isReadOnly: !rw }))
  const isReadOnly = spec.hostConfig.ReadonlyRootfs ?? false
  const own = [
    { source: parts.paths.resolvConf(id), destination: '/etc/resolv.conf', isReadOnly },
    { source: parts.paths.hostname(id), destination: '/etc/hostname', isReadOnly },
    { source: parts.paths.hosts(id), destination: '/etc/hosts', isReadOnly },
  ].filter(({ destination }) => !mounts.some((mount) => mount.destination === destination))
  return [...mounts, ...own].sort((a, b) => a.destination.split('/').length - b.destination.split('/').length)
}

/** Undefined when the host does not have it: the engine's own files come with the first start, a bind's folder with each. */
async function viewMount(source: string, isReadOnly: boolean): Promise<ViewMount | undefined> {
  try {
    return { source, isReadOnly, isFolder: (await stat(source)).isDirectory() }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** A part of a volume or an image, open as long as the view is. Undefined when it is not there. */
async function viewPart(source: string, subpath: string, isReadOnly: boolean, view: AsyncDisposableStack): Promise<ViewMount | undefined> {
  try {
    const { entry, isFolder } = view.use(await openSubpath(source, subpath))
    return { source: entry, isReadOnly, isFolder }
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'not-found') return undefined
    throw error
  }
}

/** Docker's cleaning of a path: absolute, without dots, but a `/` or `/.` at its end stays. Takes UTF-8, gives Latin-1 text. */
export function cleanContainerPath(path: string): string {
  const cleaned = posix.resolve('/', path)
  const dotted = posix.basename(path) === '.' && cleaned !== '/.' ? posix.join(cleaned, '/').concat('.') : cleaned
  const whole = path.endsWith('/') && !dotted.endsWith('/') ? `${dotted}/` : dotted
  return Buffer.from(whole).toString('latin1')
}

/** What the user of a copy sees when it fails on a path. @param owner whose files they are: `container web`, as the client called it */
export function describeFailure(error: unknown, path: string, owner: string): unknown {
  if (isMissing(error)) return new EngineError('not-found', `Could not find the file ${path} in ${owner}`, { cause: error })
  return asPathError(error, cleanContainerPath(path))
}
