import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runTool } from '../../../vm-assets/run-tool.ts'
import { bundleCli, bundleForDesktop, bundleForVm, releaseVersion } from '../../bundle.ts'
import { lockedFor } from '../image-parts.ts'
import { licencesOfOthers } from '../licences-of-others.ts'
import { publicPem, releaseKey } from '../release-key.ts'
import { ROOT, readLock, shippedWithDesktop, shippedWithEngine } from '../shipped.ts'
import { RESOURCES } from './configuration.ts'
import { icns, ico } from './icons.ts'
import { nodePath, type Target } from './target.ts'

const SOURCES = new URL('./', import.meta.url)
const LAUNCHERS = { mac: { from: 'mac/engineroom', to: 'engineroom' }, windows: { from: 'windows/engineroom.cmd', to: 'engineroom.cmd' } } as const

/** What comes of elsewhere: of the other system, or made on Linux alone. */
export interface Brought {
  /** The program of a Node for that system and processor. */
  readonly node: string
  /** The folder that `engineroom vm build` has made for that processor. */
  readonly vmImage: string
  /** A folder with `qemu-system-…`, `qemu-img` and their libraries; without, people have their own. */
  readonly qemu?: string
}

/**
 * Puts together what electron-builder packs: `app/`, laid out as a checkout is, so that window, client and virtual machine find each other, and `resources/`.
 * @param folder is made
 */
export async function makeAppTree(folder: string, target: Target, { node, vmImage, qemu }: Brought): Promise<void> {
  const app = join(folder, 'app')
  await bundleForDesktop(app)
  await bundleCli(app)
  await bundleOfVm(app)
  const vite = ['node_modules/vite/bin/vite.js', 'build', '--config', 'renderer/vite.config.ts', '--outDir', join(app, 'dist/renderer')]
  await runTool(process.execPath, vite, { cwd: ROOT })
  await take(node, join(app, nodePath(target.system)))
  await chmod(join(app, nodePath(target.system)), 0o755)
  await cp(vmImage, join(app, 'vm-image'), { recursive: true })
  if (qemu !== undefined) await cp(qemu, join(app, 'qemu'), { recursive: true, verbatimSymlinks: true })
  const { from, to } = LAUNCHERS[target.system]
  await take(new URL(from, SOURCES), join(app, to))
  await chmod(join(app, to), 0o755)
  const key = await releaseKey()
  if (key) await writeFile(join(app, 'dist/electron/release-key.pem'), publicPem(key))
  await writeFile(join(app, 'package.json'), `${JSON.stringify(await manifest(), undefined, 2)}\n`)
  await writeFile(join(app, 'THIRD-PARTY-LICENSES.txt'), await licencesIn(target))
  for (const name of RESOURCES) await take(new URL(name, SOURCES), join(folder, 'resources', name))
  await take(join(ROOT, 'LICENSE'), join(folder, 'resources/LICENSE.txt'))
  const icon = (name: string) => readFile(join(ROOT, 'electron/assets', name))
  await writeFile(join(folder, 'resources/icon.icns'), icns(await icon('icon-1024.png')))
  await writeFile(join(folder, 'resources/icon.ico'), ico(await icon('icon.png')))
  // Packages below the app's are looked for here, too: there are none.
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
}

/** Its owner's part alone: the engine is in the image, but for a note of when it was built. */
async function bundleOfVm(app: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'engineroom-app-'))
  try {
    await bundleForVm(work)
    await cp(join(work, 'dist/vm'), join(app, 'dist/vm'), { recursive: true })
    await take(join(work, 'dist/engine/built.json'), join(app, 'dist/engine/built.json'))
  } finally {
    await rm(work, { recursive: true })
  }
}

/** What electron-builder, and Electron, want to be told of the app. */
async function manifest(): Promise<Readonly<Record<string, string>>> {
  const { description, license }: { description: string; license: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  return { name: 'engineroom', version: releaseVersion(), description, license, author: 'Engineroom', main: 'dist/electron/main.cjs' }
}

/** Of the page and the client, and of what is in the image. */
async function licencesIn({ arch }: Target): Promise<string> {
  const lock = await readLock()
  return licencesOfOthers([...shippedWithEngine(lock, arch), ...shippedWithDesktop(lock)], (await lockedFor(arch)).debian)
}

async function take(from: string | URL, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to)
}
