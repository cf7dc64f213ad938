import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { LayerFile } from './image-layer.ts'

/** The Node that runs us, with the shared libraries that the kernel and the linker have given it. */
export async function nodeFiles(): Promise<LayerFile[]> {
  const libraries = sharedObjects().filter((path) => path.startsWith('/'))
  const files = [await fileOf('/usr/bin/node', process.execPath, 0o755), ...(await Promise.all(libraries.map((path) => fileOf(path, path, 0o755))))]
  return [...foldersOf([...files.map(({ name }) => name), 'tmp/', 'var/lib/registry/']), ...files]
}

/** This program as it was built: `main.mjs`, and all that it may ever load. */
export async function programFiles(): Promise<LayerFile[]> {
  const main = process.argv[1] ?? ''
  if (basename(main) !== 'main.mjs') throw new Error('this is not the built client: run ./engineroom registry image')
  const names = new Set(['main.mjs'])
  // A set goes on over what is added meanwhile.
  for (const name of names) {
    for (const [, imported = ''] of (await readFile(join(dirname(main), name), 'utf8')).matchAll(/["']\.\/([\w-]+\.mjs)["']/g)) names.add(imported)
  }
  return [{ name: 'registry/' }, ...(await Promise.all([...names].sort().map((name) => fileOf(`/registry/${name}`, join(dirname(main), name), 0o644))))]
}

/** @see Node.js, "Diagnostic report" */
function sharedObjects(): string[] {
  const report: unknown = process.report.getReport()
  if (typeof report !== 'object' || report === null || !('sharedObjects' in report) || !Array.isArray(report.sharedObjects)) return []
  return report.sharedObjects.filter((path) => typeof path === 'string')
}

async function fileOf(target: string, path: string, mode: number): Promise<LayerFile> {
  return { name: target.slice(1), source: { path, sizeBytes: (await stat(path)).size, mode } }
}

/** Every folder on the way to these, once, from the top. */
function foldersOf(names: readonly string[]): LayerFile[] {
  const folders = new Set<string>()
  for (const name of names) {
    const parts = name.split('/').slice(0, -1)
    for (const depth of parts.keys()) folders.add(`${parts.slice(0, depth + 1).join('/')}/`)
  }
  return [...folders].sort().map((name) => ({ name }))
}
