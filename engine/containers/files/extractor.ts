import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import { EngineError, hasCode } from '../../errors.ts'
import { numberAt, type TarEntry, TarType } from '../../images/tar-entry.ts'
import type { TarMember } from '../../images/tar-reader.ts'
import { makeSpecialFile, type SpecialFile } from '../../linux/special-file.ts'
import { attributesOf, type EntryAttributes, isPlain, type Owner } from './entry-attributes.ts'
import { textOf } from './latin1.ts'
import { asPathError, PathError } from './path-error.ts'
import type { RootView, ViewFolder } from './root-view.ts'

export interface ExtractOptions {
  /** A folder is not replaced by something else, nor something else by a folder. */
  readonly keepsKinds: boolean
  /** Instead of the archive's owners. */
  readonly owner: Owner | undefined
  /** Writes what a plain write cannot: holes and extended attributes. */
  readonly writeSpecial: (member: TarMember, target: FileHandle) => Promise<void>
}

/**
 * Writes the entries of an archive into a folder of a view. What is there is replaced; folders are merged. An entry may
 * lie behind links that are there, which are followed within the root.
 * @see moby/go-archive archive.go, "Unpack"
 */
export class Extractor implements AsyncDisposable {
  readonly #view: RootView
  readonly #destination: string
  readonly #options: ExtractOptions
  /** The times of folders are set last: what is written into them changes them. */
  readonly #folders: { path: string; attributes: EntryAttributes }[] = []
  /** The folder of the last entry: the next one is mostly there, too. */
  #last: { name: string; folder: ViewFolder; isStale: boolean } | undefined

  /** @param destination of a folder, without links */
  constructor(view: RootView, destination: string, options: ExtractOptions) {
    this.#view = view
    this.#destination = destination
    this.#options = options
  }

  /** @throws EngineError `system` with docker's words, or Error of the file system with the container's path */
  async add(member: TarMember): Promise<void> {
    const { entry } = member
    const name = posix.normalize(entry.path.replace(/^\/+/, '')).replace(/\/$/, '')
    if (name === '..' || name.startsWith('../')) throw new EngineError('system', `${quoted(entry.path)} is outside of ${quoted(this.#destination)}`)
    if (name === '.' || name === '') return
    try {
      await this.#write(name, member)
    } catch (error) {
      throw asPathError(error, posix.join(this.#destination, name))
    } finally {
      if (this.#last?.isStale) await this.#forgetLast()
    }
  }

  /** To be called after the last entry. */
  async finish(): Promise<void> {
    for (const { path, attributes } of this.#folders) {
      try {
        await using folder = await this.#view.folder(path)
        await folder.handle.handle.utimes(attributes.accessedAt, attributes.modifiedAt)
      } catch (error) {
        if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw asPathError(error, path) // The container took it away meanwhile.
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#forgetLast()
  }

  async #write(name: string, member: TarMember): Promise<void> {
    const { entry } = member
    const parent = await this.#parentOf(name)
    const base = posix.basename(name)
    const isFolder = entry.type === TarType.directory
    if (parent.isReadOnly) throw new PathError('EROFS', isFolder ? 'mkdir' : 'open', posix.join(this.#destination, name))
    const isKept = await this.#makeRoom(name, parent, base, isFolder)
    const attributes = attributesOf(entry, this.#options.owner)
    switch (entry.type) {
      case TarType.directory:
        return this.#writeFolder(parent, base, attributes, isKept)
      case TarType.file:
      case TarType.sparse:
        return this.#writeFile(parent, base, attributes, member)
      case TarType.link:
        return this.#writeLink(parent, base, entry)
      case TarType.symlink:
        await parent.handle.makeSymlink(base, entry.linkPath)
        await parent.handle.setOwner(base, attributes.uid, attributes.gid)
        await parent.handle.setTimes(base, attributes.accessedAt, attributes.modifiedAt)
        return this.#doubtLast() // A path through it leads elsewhere now.
      case TarType.characterDevice:
      case TarType.blockDevice:
      case TarType.fifo:
        return this.#writeSpecialFile(parent, base, attributes, entry)
      default:
        throw new EngineError('system', `unhandled tar header type ${entry.type.charCodeAt(0)}`)
    }
  }

  /**
   * Removes what is in the way of an entry.
   * @returns whether a folder is there that stays
   */
  async #makeRoom(name: string, parent: ViewFolder, base: string, isFolder: boolean): Promise<boolean> {
    const path = posix.join(parent.path, base)
    const mount = this.#view.mountAt(path)
    const stat = mount ? undefined : await parent.handle.statOf(base)
    if (!mount && !stat) return false
    const isFolderThere = mount?.isFolder ?? stat?.isDirectory() ?? false
    if (isFolderThere && isFolder) return true
    const target = posix.join(this.#destination, name)
    if (this.#options.keepsKinds && isFolderThere !== isFolder) {
      const [there, new_] = isFolder ? ['non-directory', 'directory'] : ['directory', 'non-directory']
      throw new EngineError('system', `cannot overwrite ${there} ${quoted(target)} with ${new_} ${quoted(this.#destination)}`)
    }
    if (mount || this.#view.mountsBelow(path).length > 0) throw new PathError('EBUSY', 'unlinkat', target)
    this.#doubtLast()
    await parent.handle.remove(base)
    return false
  }

  async #writeFolder(parent: ViewFolder, base: string, attributes: EntryAttributes, isThere: boolean): Promise<void> {
    if (!isThere) await parent.handle.makeFolder(base, 0o700)
    await using folder = await this.#view.folder(posix.join(parent.path, base))
    if (folder.isReadOnly) throw new PathError('EROFS', 'chown', folder.path)
    await folder.handle.handle.chown(attributes.uid, attributes.gid)
    await folder.handle.handle.chmod(attributes.mode)
    this.#folders.push({ path: folder.path, attributes })
  }

  async #writeFile(parent: ViewFolder, base: string, attributes: EntryAttributes, member: TarMember): Promise<void> {
    await using file = await parent.handle.createFile(base)
    // Before the content: a change of owner takes capabilities away.
    await file.chown(attributes.uid, attributes.gid)
    if (isPlain(member.entry)) await file.writeFile(member.content())
    else await this.#options.writeSpecial(member, file)
    await file.chmod(attributes.mode)
    await file.utimes(attributes.accessedAt, attributes.modifiedAt)
  }

  async #writeLink(parent: ViewFolder, base: string, { linkPath }: TarEntry): Promise<void> {
    const target = posix.normalize(linkPath.replace(/^\/+/, ''))
    if (target === '..' || target.startsWith('../')) {
      throw new EngineError('system', `invalid hardlink ${quoted(posix.join(this.#destination, linkPath))} -> ${quoted(linkPath)}`)
    }
    await using found = await this.#view.locate(posix.join(this.#destination, target))
    if (!found.place) throw new PathError('EPERM', 'link', found.path)
    await parent.handle.makeHardLink(base, found.place.folder, found.place.name)
  }

  async #writeSpecialFile(parent: ViewFolder, base: string, attributes: EntryAttributes, { type, header }: TarEntry): Promise<void> {
    const numbers = { major: numberAt(header, 329, 8), minor: numberAt(header, 337, 8) }
    const file: SpecialFile = type === TarType.fifo ? { kind: 'fifo' } : { kind: type === TarType.blockDevice ? 'block' : 'character', ...numbers }
    await makeSpecialFile(parent.handle.entry(base).toString(), attributes.mode, file)
    await parent.handle.setOwner(base, attributes.uid, attributes.gid)
    await parent.handle.setTimes(base, attributes.accessedAt, attributes.modifiedAt)
  }

  /** The folder that an entry lies in; made if the archive did not. Stays this object's. */
  async #parentOf(name: string): Promise<ViewFolder> {
    const parent = posix.dirname(name)
    if (this.#last?.name === parent) return this.#last.folder
    await this.#forgetLast()
    const folder = await this.#view.folder(posix.join(this.#destination, parent), true)
    this.#last = { name: parent, folder, isStale: false }
    return folder
  }

  /** What the last folder's name leads to may have changed: after this entry it is looked up anew. */
  #doubtLast(): void {
    if (this.#last) this.#last.isStale = true
  }

  async #forgetLast(): Promise<void> {
    await this.#last?.folder[Symbol.asyncDispose]()
    this.#last = undefined
  }
}

/** As Go quotes a path. */
function quoted(latin1: string): string {
  return JSON.stringify(textOf(latin1))
}
