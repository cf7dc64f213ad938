import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesBelow } from '../../vm-assets/unpack.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What the page is made of, which nobody installs by itself. */
const IN_THE_PAGE = ['vue', 'pinia', '@xterm/xterm', '@xterm/addon-fit', '@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono']

interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
}

/**
 * The names, versions and licences of all that a package for servers has in it, with their texts.
 * @param npm the architecture as npm calls it
 */
export async function licences(npm: string): Promise<string> {
  const { packages }: { packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'))
  const shipped = [`node-linux-${npm}`, `node-unix-socket-linux-${npm}-gnu`, ...IN_THE_PAGE].map((name) => `node_modules/${name}`)
  const isShipped = (path: string, { dev, optional }: LockedPackage) => shipped.includes(path) || (path !== '' && !dev && !optional)
  const texts: string[] = []
  for (const [path, one] of Object.entries(packages)) {
    if (!isShipped(path, one)) continue
    const files = (await filesBelow(join(ROOT, path))).filter((file) => /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i.test(file))
    const text = await Promise.all(files.map((file) => readFile(join(ROOT, path, file), 'utf8')))
    texts.push([`${path.slice('node_modules/'.length)} ${one.version}: ${one.license}`, ...text].join('\n\n'))
  }
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
