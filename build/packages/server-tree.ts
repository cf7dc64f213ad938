import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Arch } from '../../vm-assets/arch.ts'
import { isNeededToRun } from '../../vm-assets/library-files.ts'
import { npmRecipe } from '../../vm-assets/recipe.ts'
import { runTool } from '../../vm-assets/run-tool.ts'
import { filesBelow } from '../../vm-assets/unpack.ts'
import { bundleForServer } from '../bundle.ts'
import { npmFolder } from './npm-folder.ts'
import { ROOT } from './shipped.ts'

/**
 * The engine, the client, the page of the web console and the Node that runs them, as they lie in a checkout, so that the launcher
 * finds them. Built anew, as `dist/` has pieces of earlier builds as well.
 * @param folder is made
 */
export async function makeServerTree(arch: Arch, folder: string): Promise<void> {
  await mkdir(join(folder, 'dist'), { recursive: true })
  await bundleForServer(folder)
  const vite = ['node_modules/vite/bin/vite.js', 'build', '--config', 'renderer/vite.config.ts', '--outDir', join(folder, 'dist/renderer')]
  await runTool(process.execPath, vite, { cwd: ROOT })
  await writeFile(join(folder, 'dist/.built'), 'for servers\n')
  await take(ROOT, 'engineroom', folder, 0o755)
  const { node, libraries } = npmRecipe(arch)
  await take(await npmFolder(node), 'bin/node', join(folder, 'node_modules', node), 0o755)
  for (const name of libraries) {
    const from = await npmFolder(name)
    for (const path of (await filesBelow(from)).filter((one) => isNeededToRun(arch.npm, one))) await take(from, path, join(folder, 'node_modules', name), 0o644)
  }
}

/** A copy keeps the mode of its source, which may come from whoever checked it out. */
async function take(from: string, path: string, folder: string, mode: number): Promise<void> {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true })
  await copyFile(join(from, path), target)
  await chmod(target, mode)
}
