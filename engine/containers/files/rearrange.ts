import { posix } from 'node:path'
import { EngineError, hasCode } from '../../errors.ts'
import { cleanContainerPath, describeFailure } from './container-files.ts'
import { type FileTree, withView } from './file-tree.ts'
import { PathError } from './path-error.ts'
import type { RootView, ViewFolder } from './root-view.ts'

/**
 * Removes what is at a path, a folder with all that is below it; a link itself, not what it leads to.
 * @throws EngineError `not-found`, `system` for a mount and in what may not be written
 */
export async function removeAt(tree: FileTree, path: string): Promise<void> {
  await withView(tree, path, async (view) => {
    await using place = await placeAt(view, path, 'unlinkat')
    await checkMovable(view, place, 'unlinkat')
    await place.parent.handle.remove(place.name)
  })
}

/**
 * Makes a folder, which belongs to whom the folder around it belongs to.
 * @throws EngineError `not-found` without a folder around it, `conflict` when something is there, `system` in what may not be written
 */
export async function makeFolderAt(tree: FileTree, path: string): Promise<void> {
  await withView(tree, path, async (view) => {
    await using place = await placeAt(view, path, 'mkdir')
    await checkFree(place, 'mkdir')
    const { uid, gid } = await place.parent.handle.stat()
    await place.parent.handle.makeFolder(place.name, 0o755)
    await place.parent.handle.setOwner(place.name, Number(uid), Number(gid))
  })
}

/**
 * Gives what is at a path another name or place; a link itself, not what it leads to. What is there already is not replaced.
 * @throws EngineError `not-found`, `conflict` when something is at `to`, `invalid` for what the kernel can only copy; `system` for a mount and in
 * what may not be written
 * @see rename(2)
 */
export async function moveAt(tree: FileTree, path: string, to: string): Promise<void> {
  if (to === '') throw new EngineError('invalid', 'bad parameter: to cannot be empty')
  await withView(tree, path, async (view) => {
    await using from = await placeAt(view, path, 'rename')
    await checkMovable(view, from, 'rename')
    await using target = await placeAt(view, to, 'rename').catch((error: unknown) => {
      throw describeFailure(error, to, tree.owner)
    })
    await checkFree(target, 'rename')
    await rename(from, target)
  })
}

async function rename(from: Place, to: Place): Promise<void> {
  try {
    await from.parent.handle.move(from.name, to.parent.handle, to.name)
  } catch (error) {
    // Of a layer below, or on another mount.
    if (hasCode(error, 'EXDEV'))
      throw new EngineError('invalid', `rename ${from.path}: it is part of the image, or on another mount: it can be copied, not moved`, { cause: error })
    if (hasCode(error, 'EINVAL')) throw new EngineError('invalid', `rename ${from.path}: a folder cannot be moved into itself`, { cause: error })
    throw error
  }
}

/** A name in an open folder; whether there is something of that name is not said. */
interface Place extends AsyncDisposable {
  readonly parent: ViewFolder
  readonly name: string
  readonly path: string
}

async function placeAt(view: RootView, path: string, call: string): Promise<Place> {
  const cleaned = cleanContainerPath(path).replace(/\/\.?$/, '')
  if (cleaned === '') throw new EngineError('invalid', 'the root stays where it is')
  await using undo = new AsyncDisposableStack()
  const parent = undo.use(await view.folder(posix.dirname(cleaned)))
  const name = posix.basename(cleaned)
  const whole = posix.join(parent.path, name)
  if (parent.isReadOnly) throw new PathError('EROFS', call, whole)
  const kept = undo.move()
  return { parent, name, path: whole, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** It is there, nothing is mounted on it, and nothing in it. */
async function checkMovable(view: RootView, { parent, name, path }: Place, call: string): Promise<void> {
  if (view.mountAt(path) || view.mountsBelow(path).length > 0) throw new PathError('EBUSY', call, path)
  if (!(await parent.handle.statOf(name))) throw new PathError('ENOENT', call, path)
}

async function checkFree({ parent, name, path }: Place, call: string): Promise<void> {
  if (await parent.handle.statOf(name)) throw new EngineError('conflict', new PathError('EEXIST', call, path).message)
}
