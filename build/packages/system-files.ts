import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { SCRIPTS } from '../../engine/cli/completion/scripts.ts'
import { type ChangelogEntry, debianChangelog } from './debian-changelog.ts'
import { licences } from './licences.ts'
import { manualPages } from './manual/pages.ts'

const SOURCES = fileURLToPath(new URL('debian/', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Where Debian's shells look. */
const COMPLETION = {
  bash: 'usr/share/bash-completion/completions/engineroom',
  zsh: 'usr/share/zsh/vendor-completions/_engineroom',
  fish: 'usr/share/fish/vendor_completions.d/engineroom.fish',
} as const

const COPYRIGHT = `Copyright: 2026 the authors of Engineroom
License: Apache-2.0, see /usr/share/common-licenses/Apache-2.0

What else is in this package, by whom and under which licence: THIRD-PARTY-LICENSES.gz, beside this file.
`

/** A file of a package: where it goes, from the root, and what is in it. */
export interface PackedFile {
  readonly path: string
  readonly content: string | Uint8Array
  readonly isProgram?: boolean
}

/** What lies outside the program's own folder: units, manual, completion, documents. */
export async function systemFiles(entry: ChangelogEntry): Promise<PackedFile[]> {
  const { name, version, time } = entry
  const [units, documents] = ['usr/lib/systemd/system', `usr/share/doc/${name}`]
  const pages = await manualPages({ version, date: time.toISOString().slice(0, 10) })
  return [
    { path: `${units}/engineroom.service`, content: await source('engineroom.service') },
    { path: `${units}/engineroom.socket`, content: await source('engineroom.socket') },
    { path: 'usr/lib/engineroom/leave-host', content: await source('leave-host'), isProgram: true },
    ...(await Promise.all([...pages].map(async ([page, text]) => ({ path: `usr/share/man/man${page.at(-1)}/${page}.gz`, content: await packed(text) })))),
    { path: COMPLETION.bash, content: SCRIPTS.bash },
    { path: COMPLETION.zsh, content: SCRIPTS.zsh },
    { path: COMPLETION.fish, content: SCRIPTS.fish },
    { path: `usr/share/lintian/overrides/${name}`, content: await source('overrides') },
    { path: `${documents}/README.Debian`, content: await source('README.Debian') },
    { path: `${documents}/copyright`, content: COPYRIGHT },
    { path: `${documents}/THIRD-PARTY-LICENSES.gz`, content: await packed(await licences(process.arch)) },
    { path: `${documents}/changelog.gz`, content: await packed(debianChangelog(entry)) },
    { path: `${documents}/CHANGELOG.md.gz`, content: await packed(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8')) },
  ]
}

function source(name: string): Promise<Buffer> {
  return readFile(join(SOURCES, name))
}

/** Without a time in it: the same text, the same bytes. */
function packed(text: string): Promise<Uint8Array> {
  return promisify(gzip)(text, { level: 9 })
}
