import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isNeededToRun } from '../../vm-assets/library-files.ts'
import { runTool } from '../../vm-assets/run-tool.ts'
import { filesBelow } from '../../vm-assets/unpack.ts'
import { bundleForServer } from '../bundle.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The engine, the client, the page of the web console and the Node that runs them, as they lie in a checkout, so that the launcher
 * finds them. Built anew, as `dist/` has pieces of earlier builds as well.
 * @param npm the architecture as npm calls it
 * @param folder is made
 */
export async function makeServerTree(npm: string, folder: string): Promise<void> {
  await mkdir(join(folder, 'dist'), { recursive: true })
  await bundleForServer(folder)
  const vite = ['node_modules/vite/bin/vite.js', 'build', '--config', 'renderer/vite.config.ts', '--outDir', join(folder, 'dist/renderer')]
  await runTool(process.execPath, vite, { cwd: ROOT })
  await writeFile(join(folder, 'dist/.built'), 'for servers\n')
  await take('engineroom', folder, 0o755)
  await take(`node_modules/node-linux-${npm}/bin/node`, folder, 0o755)
  for (const name of ['better-sqlite3', 'node-unix-socket', `node-unix-socket-linux-${npm}-gnu`]) {
    for (const path of (await filesBelow(join(ROOT, 'node_modules', name))).filter((one) => isNeededToRun(npm, one)))
      await take(join('node_modules', name, path), folder, 0o644)
  }
}

/** A copy keeps the mode of its source, which may come from whoever checked it out. */
async function take(path: string, folder: string, mode: number): Promise<void> {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true })
  await copyFile(join(ROOT, path), target)
  await chmod(target, mode)
}
