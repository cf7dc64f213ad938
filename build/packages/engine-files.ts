import { readFile } from 'node:fs/promises'
import { SCRIPTS } from '../../engine/cli/completion/scripts.ts'
import { documents, packed } from './documents.ts'
import { licences } from './licences.ts'
import { manualPages } from './manual/pages.ts'
import type { Making, PackedFile } from './pack-debian.ts'
import { readLock, shippedWithEngine } from './shipped.ts'

/** Units, scripts and documents of the package. */
export const ENGINE_SOURCES = new URL('engine-debian/', import.meta.url)

/** Where Debian's shells look. */
const COMPLETION = {
  bash: 'usr/share/bash-completion/completions/engineroom',
  zsh: 'usr/share/zsh/vendor-completions/_engineroom',
  fish: 'usr/share/fish/vendor_completions.d/engineroom.fish',
} as const

/** What lies outside the program's own folder: units, manual, completion, documents. */
export async function engineFiles(name: string, making: Making): Promise<PackedFile[]> {
  const { version, time } = making
  const units = 'usr/lib/systemd/system'
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
    { path: `usr/share/doc/${name}/README.Debian`, content: await source('README.Debian') },
    ...(await documents(name, making, await licences(shippedWithEngine(await readLock(), process.arch)))),
  ]
}

function source(name: string): Promise<Buffer> {
  return readFile(new URL(name, ENGINE_SOURCES))
}
