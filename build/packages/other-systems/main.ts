import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runTool } from '../../../vm-assets/run-tool.ts'
import { print, timed } from '../../talk.ts'
import { ROOT } from '../shipped.ts'
import { makeAppTree } from './app-tree.ts'
import { BUILDER_VERSION, builderConfiguration } from './configuration.ts'
import { PLATFORMS, parseTarget, type Target } from './target.ts'

const USAGE = `node build/packages/other-systems/main.ts --system mac|windows --vm-image DIR [--arch x64|arm64] [--node FILE] [--qemu DIR] [--out DIR] [--tree]

Makes the packages for macOS (dmg, zip) or Windows (NSIS) in DIR (dist-packages unless you say), by electron-builder ${BUILDER_VERSION}, which npx fetches.
--vm-image is what \`engineroom vm build --arch … --out DIR\` made, on Linux.
--node is that system's Node 24; not needed on a machine of that system and processor.
--qemu has QEMU's programs for that system, which are packed, too.
--electron DIR takes the Electron that is there, and downloads none.
--tree puts together what electron-builder packs, and ends.`

const options = {
  system: { type: 'string' },
  arch: { type: 'string', default: process.arch },
  node: { type: 'string' },
  'vm-image': { type: 'string' },
  qemu: { type: 'string' },
  electron: { type: 'string' },
  out: { type: 'string', default: 'dist-packages' },
  tree: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** docs/release.md says what of it has been tried. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options })
  if (values.help) return print(USAGE)
  const target = parseTarget(values.system, values.arch)
  const vmImage = values['vm-image']
  if (vmImage === undefined) throw new Error('--vm-image must name what engineroom vm build has made')
  const out = resolve(values.out)
  const folder = join(out, `tree-${target.system}-${target.arch.npm}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const brought = { node: values.node ?? ownNode(target), vmImage, ...(values.qemu !== undefined && { qemu: values.qemu }) }
  await timed(`putting the app for ${target.system} together`, () => makeAppTree(folder, target, brought))
  const electron = { version: await electronVersion(), ...(values.electron !== undefined && { dist: resolve(values.electron) }) }
  await writeFile(join(folder, 'electron-builder.json'), `${JSON.stringify(builderConfiguration(electron, out), undefined, 2)}\n`)
  print(folder)
  if (values.tree) return
  const args = [target.system === 'mac' ? '--mac' : '--win', `--${target.arch.npm}`, '--projectDir', folder, '--config', 'electron-builder.json']
  const builder = ['--yes', `electron-builder@${BUILDER_VERSION}`, ...args, '--publish', 'never']
  // Certificates and Apple's passwords are told by the environment. @see https://www.electron.build/code-signing
  await timed('making its packages', () => runTool('npx', builder, { cwd: folder, env: process.env }))
}

/** @throws Error on a machine of another kind */
function ownNode({ system, arch }: Target): string {
  if (process.platform === PLATFORMS[system] && process.arch === arch.npm) return process.execPath
  throw new Error(`--node must name a Node for ${system} on ${arch.npm}: this one is for ${process.platform} on ${process.arch}`)
}

async function electronVersion(): Promise<string> {
  const { devDependencies }: { devDependencies: { electron: string } } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  return devDependencies.electron
}

try {
  await main()
} catch (error) {
  process.stderr.write(`other-systems: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
