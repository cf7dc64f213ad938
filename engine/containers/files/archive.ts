import { posix } from 'node:path'
import type { Writable } from 'node:stream'
import { BARE_NAMES, packTar, SKIP_UNREADABLE, WHOLE_SECONDS } from '../../linux/tar.ts'
import type { Container } from '../container.ts'
import { publishContainer } from '../events.ts'
import type { ContainerParts } from '../parts.ts'
import { type ArchivePart, sendArchive } from '../send-archive.ts'
import { cleanContainerPath, describeFailure, openFiles } from './container-files.ts'
import { textOf } from './latin1.ts'
import { baseName, type PathStat, pathStat } from './path-stat.ts'
import type { Located, RootView, ViewFolder } from './root-view.ts'

/**
 * Writes a file or folder of a container as a tar archive, in which it has the name that ends its path. A link is
 * archived as a link, unless the path ends with `/` or `/.`.
 * @param reference how the client called the container, for messages
 * @param open called once nothing more can be refused; the archive goes there
 * @throws EngineError `not-found`
 * @see Engine API 1.51 ContainerArchive
 */
export async function archivePath(
  parts: ContainerParts,
  container: Container,
  path: string,
  reference: string,
  open: (stat: PathStat) => Writable,
): Promise<void> {
  await using files = await openFiles(parts, container)
  await archiveOf(files.view, path, `container ${reference}`, (stat) => {
    publishContainer(parts.events, container, 'archive-path')
    return open(stat)
  })
}

/**
 * Writes what is at a path of open files as {@link archivePath} does.
 * @param owner whose they are, for messages: `volume data`
 * @throws EngineError `not-found`
 */
export async function archiveOf(view: RootView, path: string, owner: string, open: (stat: PathStat) => Writable): Promise<void> {
  await using found = await locate(view, path, owner)
  const cleaned = cleanContainerPath(path)
  const stat = await pathStat(view, found, cleaned)
  await sendArchive(await partsOf(view, found, baseName(cleaned)), open(stat))
}

async function locate(view: RootView, path: string, owner: string): Promise<Located> {
  try {
    return await view.locate(cleanContainerPath(path))
  } catch (error) {
    throw describeFailure(error, path, owner)
  }
}

/**
 * One archive for what was asked for, and one for each mount inside it: tar knows nothing of our mounts. Its
 * arguments are UTF-8; a name that is not cannot be asked for by this API anyway.
 */
async function partsOf(view: RootView, found: Located, name: string): Promise<ArchivePart[]> {
  const mounts = view.mountsBelow(found.path)
  const hidden = (path: string) =>
    mounts.filter(([one]) => one.startsWith(`${path}/`) || path === '/').map(([one]) => `--exclude=./${textOf(posix.relative(path, one))}`)
  const own = found.folder ? folderPart(found.folder, name, hidden(found.path)) : filePart(found, name)
  const inner = mounts.map(([path]): ArchivePart => {
    const nameInside = name === '/' ? `/${posix.relative(found.path, path)}` : `${name}/${posix.relative(found.path, path)}`
    return {
      async pack() {
        const mounted = await view.locate(path)
        const part = mounted.folder ? folderPart(mounted.folder, nameInside, hidden(path)) : filePart(mounted, nameInside)
        const packed = await part.pack()
        return { stream: packed.stream, done: packed.done.finally(() => mounted[Symbol.asyncDispose]()) }
      },
    }
  })
  return [own, ...inner]
}

function folderPart(folder: ViewFolder, name: string, excluded: readonly string[]): ArchivePart {
  // The root's own name is empty: its files are archived as `/bin`, as docker does.
  const renamed = name === '.' ? [] : ['--absolute-names', `--transform=flags=rh;s,^\\.,${asReplacement(name === '/' ? '' : name)},`]
  return { pack: async () => packTar(folder.handle.path, ['.'], [...renamed, WHOLE_SECONDS, SKIP_UNREADABLE, '--anchored', '--no-wildcards', ...excluded]) }
}

function filePart({ place }: Located, name: string): ArchivePart {
  if (!place) throw new Error('a file has a place')
  const renamed = place.name === name ? BARE_NAMES : `--transform=flags=rh;s,^.*$,${asReplacement(name)},`
  return { pack: async () => packTar(place.folder.path, [`./${textOf(place.name)}`], ['--absolute-names', renamed, WHOLE_SECONDS, SKIP_UNREADABLE]) }
}

/** For the right side of sed's `s,a,b,`. */
function asReplacement(name: string): string {
  return textOf(name).replace(/[\\&,]/g, '\\$&')
}
