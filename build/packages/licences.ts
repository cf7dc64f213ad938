import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { filesBelow } from '../../vm-assets/unpack.ts'
import { npmFolder } from './npm-folder.ts'
import type { ShippedPackage } from './shipped.ts'

/** The names, versions and licences of what is shipped, with their texts: THIRD-PARTY-LICENSES. */
export async function licences(shipped: readonly ShippedPackage[]): Promise<string> {
  const texts = await Promise.all(
    shipped.map(async ({ name, path, version, license }) => {
      const folder = await npmFolder(path.replace(/^node_modules\//, ''))
      const files = (await filesBelow(folder)).filter((file) => /^(licen[cs]e|copying|notice)([-.][\w.-]+)?$/i.test(file))
      const text = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
      return [`${name} ${version}: ${license}`, ...text].join('\n\n')
    }),
  )
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
