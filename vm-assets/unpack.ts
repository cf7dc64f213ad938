import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from './run-tool.ts'

/** Unpacks a Debian package, without running anything of it. */
export async function unpackDebian(archive: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  await runTool('dpkg-deb', ['--extract', archive, target])
}

/** Unpacks a package of npm's; what it is about lies in `package/`. */
export async function unpackNpm(archive: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  await runTool('tar', ['--extract', '--gzip', '--file', archive, '--directory', target, '--strip-components=1'])
}

/** Files and links below a folder, with their paths from there, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
}
