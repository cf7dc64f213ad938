import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Arch } from './arch.ts'
import { fetchLocked } from './fetch-locked.ts'
import { makeInitrd } from './initrd.ts'
import { kernelOf, takeModules } from './kernel-files.ts'
import { ownerName, removeLeftOvers } from './left-overs.ts'
import type { LockedArch, LockedFile } from './lock-file.ts'
import { describeFile, type Manifest, manifestOf, readBuilt } from './manifest.ts'
import { makeRootTree } from './root-tree.ts'
import { runTool } from './run-tool.ts'
import { unpackDebian, unpackNpm } from './unpack.ts'

export interface BuildRequest {
  readonly arch: Arch
  readonly locked: LockedArch
  readonly version: string
  /** `dist/engine` */
  readonly engine: string
  /** Where fetched packages are kept between builds. */
  readonly cache: string
  readonly out: string
  readonly say: (text: string) => void
}

/** Dates and names that would differ from build to build. */
const DATE = '0'
const ROOT_UUID = '5f1d8e0a-3b6c-4c55-9a56-656e67696e65'

const ON_MERGED = 'usr'

/**
 * Makes kernel, initrd, root image and manifest. The folder `out` has all of a new image or all of the one before: what
 * is there is replaced in one step at the end.
 */
export async function buildImage(request: BuildRequest): Promise<Manifest> {
  const { arch, locked, out, cache, say } = request
  const place = dirname(out)
  for (const folder of [place, cache]) await mkdir(folder, { recursive: true })
  await removeLeftOvers(place, /^\.vm-build-/, say)
  await removeLeftOvers(cache, /^[0-9a-f]{64}\./, say)
  const work = await mkdtemp(join(place, `.vm-build-${await ownerName()}-`))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(work, { recursive: true, force: true }))
  say(`fetching ${locked.debian.length + locked.npm.length} packages`)
  const debian = await unpackAll(locked.debian, request, join(work, 'debian'), unpackDebian)
  const npm = await unpackAll(locked.npm, request, join(work, 'npm'), unpackNpm)
  const kernel = debian.get(`linux-image-${locked.kernel}`) ?? ''
  const tree = join(work, 'root')
  say('putting the root image together')
  await makeRootTree({ arch, version: request.version, debian, npm, engine: request.engine }, tree)
  await takeModules(arch, locked.kernel, kernel, join(tree, ON_MERGED))
  const assets = join(work, 'assets')
  await mkdir(assets)
  await writeFile(join(assets, 'vmlinux'), await kernelOf(arch, await readFile(join(kernel, 'boot', `vmlinuz-${locked.kernel}`))))
  const initrd = await makeInitrd({
    busybox: join(tree, 'usr/bin/busybox'),
    init: fileURLToPath(new URL('guest/initrd-init', import.meta.url)),
    modules: join(kernel, 'lib/modules', locked.kernel),
  })
  await writeFile(join(assets, 'initrd.cpio'), initrd)
  say('writing')
  await runTool('mkfs.erofs', ['-x-1', '--all-root', `-T${DATE}`, `-U${ROOT_UUID}`, join(assets, 'root.erofs'), tree])
  const files = {
    kernel: await describeFile(assets, 'vmlinux'),
    initrd: await describeFile(assets, 'initrd.cpio'),
    root: await describeFile(assets, 'root.erofs'),
  }
  const manifest = manifestOf(arch, locked, { version: request.version, built: await readBuilt(request.engine) }, files)
  await writeFile(join(assets, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  await replaceFolder(assets, out)
  return manifest
}

/** As many packages at a time: one is unpacked while another one is on its way. */
const AT_ONCE = 4

async function unpackAll(
  files: readonly LockedFile[],
  { cache }: BuildRequest,
  target: string,
  unpack: (archive: string, target: string) => Promise<void>,
): Promise<Map<string, string>> {
  const folders = new Map(files.map(({ name }) => [name, join(target, name)]))
  const waiting = files.values()
  const work = async () => {
    for (const file of waiting) await unpack(await fetchLocked(file, cache), join(target, file.name))
  }
  // All have ended before one's failure is told: the folder is removed then.
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return folders
}

/** A machine that runs from the files before keeps them: they are taken away by name only. */
async function replaceFolder(from: string, to: string): Promise<void> {
  const old = `${to}.old`
  await rm(old, { recursive: true, force: true })
  if (existsSync(to)) await rename(to, old)
  await rename(from, to)
  await rm(old, { recursive: true, force: true })
}
