import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { debianChangelog } from './debian-changelog.ts'
import { MAINTAINER } from './pack-debian.ts'
import type { Making, PackedFile } from './package-tree.ts'
import { ROOT } from './shipped.ts'

const COPYRIGHT = `Copyright: 2026 the authors of Engineroom
License: Apache-2.0, see /usr/share/common-licenses/Apache-2.0

What else is in this package, by whom and under which licence: THIRD-PARTY-LICENSES.gz, beside this file.
`

/** What Debian wants to be told of every package. @param others the licences of what is not ours */
export async function documents(name: string, { version, time }: Making, others: string): Promise<PackedFile[]> {
  const folder = `usr/share/doc/${name}`
  return [
    { path: `${folder}/copyright`, content: COPYRIGHT },
    { path: `${folder}/THIRD-PARTY-LICENSES.gz`, content: await packed(others) },
    { path: `${folder}/changelog.gz`, content: await packed(debianChangelog({ name, version, maintainer: MAINTAINER, time })) },
    { path: `${folder}/CHANGELOG.md.gz`, content: await packed(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8')) },
  ]
}

/** What everybody else is told. @param others the licences of what is not ours */
export async function plainDocuments(folder: string, others: string): Promise<PackedFile[]> {
  return [
    { path: `${folder}LICENSE`, content: await readFile(join(ROOT, 'LICENSE')) },
    { path: `${folder}THIRD-PARTY-LICENSES.txt`, content: others },
    { path: `${folder}CHANGELOG.md`, content: await readFile(join(ROOT, 'CHANGELOG.md')) },
  ]
}

/** Without a time in it: the same text, the same bytes. */
export function packed(text: string): Promise<Uint8Array> {
  return promisify(gzip)(text, { level: 9 })
}
