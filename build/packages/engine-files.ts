import { readFile } from 'node:fs/promises'
import { SCRIPTS } from '../../engine/cli/completion/scripts.ts'
import { documents, packed, plainDocuments } from './documents.ts'
import { licences } from './licences.ts'
import { manualPages } from './manual/pages.ts'
import type { Making, PackedFile } from './package-tree.ts'
import { readLock, shippedWithEngine } from './shipped.ts'

/** Where shells look: Debian's, those of distributions with RPM, and whoever reads the archive's README. */
const COMPLETION = {
  debian: {
    bash: 'usr/share/bash-completion/completions/engineroom',
    zsh: 'usr/share/zsh/vendor-completions/_engineroom',
    fish: 'usr/share/fish/vendor_completions.d/engineroom.fish',
  },
  rpm: {
    bash: 'usr/share/bash-completion/completions/engineroom',
    zsh: 'usr/share/zsh/site-functions/_engineroom',
    fish: 'usr/share/fish/vendor_completions.d/engineroom.fish',
  },
  archive: { bash: 'completion/engineroom.bash', zsh: 'completion/_engineroom', fish: 'completion/engineroom.fish' },
} as const

/** What lies outside the program's own folder in a Debian package: units, manual, completion, documents. */
export async function debianFiles(name: string, making: Making): Promise<PackedFile[]> {
  return [
    ...(await unitFiles()),
    ...(await helpFiles('debian', making)),
    { path: `usr/share/lintian/overrides/${name}`, content: await source('engine-debian/overrides') },
    { path: `usr/share/doc/${name}/README.Debian`, content: await source('engine-debian/README.Debian') },
    ...(await documents(name, making, await licencesOfOthers(making))),
  ]
}

/** The same in an RPM package. */
export async function rpmFiles(name: string, making: Making): Promise<PackedFile[]> {
  return [
    ...(await unitFiles()),
    ...(await helpFiles('rpm', making)),
    { path: `usr/share/doc/${name}/README`, content: await source('engine-rpm/README') },
    ...(await plainDocuments(`usr/share/doc/${name}/`, await licencesOfOthers(making))),
  ]
}

/** What is beside the program in an archive. */
export async function archiveFiles(making: Making): Promise<PackedFile[]> {
  return [
    ...(await helpFiles('archive', making)),
    { path: 'README', content: await source('engine-archive/README') },
    ...(await plainDocuments('', await licencesOfOthers(making))),
  ]
}

async function unitFiles(): Promise<PackedFile[]> {
  const units = 'usr/lib/systemd/system'
  return [
    { path: `${units}/engineroom.service`, content: await source('engine-debian/engineroom.service') },
    { path: `${units}/engineroom.socket`, content: await source('engine-debian/engineroom.socket') },
    { path: 'usr/lib/engineroom/end-containers', content: await source('engine-debian/end-containers'), isProgram: true },
    { path: 'usr/lib/engineroom/leave-host', content: await source('engine-debian/leave-host'), isProgram: true },
  ]
}

async function helpFiles(format: keyof typeof COMPLETION, { version, time }: Making): Promise<PackedFile[]> {
  const { bash, zsh, fish } = COMPLETION[format]
  const manual = format === 'archive' ? 'man' : 'usr/share/man'
  const pages = [...(await manualPages({ version, date: time.toISOString().slice(0, 10) }))]
  return [
    ...(await Promise.all(pages.map(async ([page, text]) => ({ path: `${manual}/man${page.at(-1)}/${page}.gz`, content: await packed(text) })))),
    { path: bash, content: SCRIPTS.bash },
    { path: zsh, content: SCRIPTS.zsh },
    { path: fish, content: SCRIPTS.fish },
  ]
}

async function licencesOfOthers({ arch }: Making): Promise<string> {
  return licences(shippedWithEngine(await readLock(), arch))
}

/** @param name of a file below this folder */
function source(name: string): Promise<Buffer> {
  return readFile(new URL(name, import.meta.url))
}
