import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sizeIfThere } from '../../size-if-there.ts'
import { NEWS_FILE } from '../feed.ts'
import { isAsSigned } from '../fetch-file.ts'
import { filesFor, type Installation } from '../installation.ts'
import { readReleaseNews } from '../release-news.ts'
import { isNewer } from '../version-order.ts'

export interface UpdateToInstall {
  /** What this computer has: of the package, which is root's. */
  readonly installation: Installation
  readonly installedVersion: string
  /** As Node calls it. */
  readonly arch: string
  /** Where a person's window has put the release. They may change what is in it at any time. */
  readonly folder: string
  /** A folder that nobody but root can write to. */
  readonly work: string
}

/** Words of a release are no longer. */
const MAX_NEWS_BYTES = 1024 ** 2

/**
 * Takes over, as root, what a person's window has fetched: copies of the files that the release key signed, checked once nobody else can
 * change them. Nothing that the window says is believed.
 * @returns what installs them, for the system's own tool
 * @throws Error with what is not right
 */
export async function takeOverUpdate({ installation, installedVersion, arch, folder, work }: UpdateToInstall): Promise<readonly [string, ...string[]]> {
  const { key, format } = installation
  if (!key || !format) throw new Error('This program was made without a release key.')
  const path = join(folder, NEWS_FILE)
  if (((await sizeIfThere(path)) ?? 0) > MAX_NEWS_BYTES) throw new Error(`${path}: more than ${MAX_NEWS_BYTES} bytes are no news of a release`)
  const news = readReleaseNews(await readFile(path, 'utf8'), { key, nowMs: Date.now(), newestSignedAt: undefined })
  if (!isNewer(news.version, installedVersion)) throw new Error(`${news.version} is not newer than ${installedVersion}, which is installed.`)
  const copies: string[] = []
  for (const file of filesFor(installation, arch, news.files)) {
    const [from, copy] = [join(folder, file.url), join(work, file.url)]
    if ((await sizeIfThere(from)) === file.size) await copyFile(from, copy)
    if (!(await isAsSigned(copy, file))) throw new Error(`${file.url} is not what was signed.`)
    copies.push(copy)
  }
  if (copies.length === 0) throw new Error(`${news.version} has nothing for this computer.`)
  // Nothing else goes for it.
  return format === 'deb' ? ['apt-get', 'install', '--yes', '--no-remove', ...copies] : ['dnf', 'install', '--assumeyes', ...copies]
}
