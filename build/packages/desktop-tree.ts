import { chmod, cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { runTool } from '../../vm-assets/run-tool.ts'
import { bundleForDesktop } from '../bundle.ts'
import { electronRuntime } from '../electron-runtime.ts'
import { ROOT } from './shipped.ts'

/** Of Chromium's own texts, in menus of text fields; ours are in English as well. */
const LOCALE = 'en-US.pak'

/** Nothing but our own window can be made of the program that people install: no plain Node, no debugger from outside, no code from an environment variable. */
export const FUSES = {
  version: FuseVersion.V1,
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
} as const

/** Electron with our window in it. @param folder is made */
export async function makeDesktopTree(folder: string, say: (text: string) => void): Promise<void> {
  const { executablePath } = await electronRuntime(say)
  const runtime = dirname(executablePath)
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(runtime)) {
    // `resources` has a program that we replace; `recipe` and `version` are notes of who made the runtime.
    if (['resources', 'locales', 'recipe', 'version'].includes(name)) continue
    await cp(join(runtime, name), join(folder, name))
    if (/\.so(\.|$)/.test(name)) await chmod(join(folder, name), 0o644)
  }
  await mkdir(join(folder, 'locales'))
  await cp(join(runtime, 'locales', LOCALE), join(folder, 'locales', LOCALE))
  const program = join(folder, 'engineroom-desktop')
  await rename(join(folder, 'electron'), program)
  await flipFuses(program, FUSES)
  const app = join(folder, 'resources/app')
  await bundleForDesktop(app)
  const vite = ['node_modules/vite/bin/vite.js', 'build', '--config', 'renderer/vite.config.ts', '--outDir', join(app, 'dist/renderer')]
  await runTool(process.execPath, vite, { cwd: ROOT })
  await writeFile(join(app, 'package.json'), '{ "name": "engineroom", "main": "dist/electron/main.cjs" }\n')
}
