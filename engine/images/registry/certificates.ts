import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode } from '../../errors.ts'

/** Whom to trust at a registry besides the public authorities, and who we are. PEM. */
export interface Certificates {
  readonly ca: readonly string[]
  readonly clients: readonly { readonly cert: string; readonly key: string }[]
}

/**
 * What an administrator has laid down for a registry, in `<folder>/HOST[:PORT]/`: authorities in `*.crt`, our own
 * certificates in `*.cert` with `*.key` beside.
 * @throws EngineError `system` with docker's words for a certificate without its key, or the other way round
 * @see dockerd, "Verify repository client with certificates"
 */
export async function certificatesFor(host: string, folders: readonly string[]): Promise<Certificates> {
  const found = await Promise.all(folders.map((folder) => certificatesIn(join(folder, host))))
  return { ca: found.flatMap(({ ca }) => ca), clients: found.flatMap(({ clients }) => clients) }
}

async function certificatesIn(folder: string): Promise<Certificates> {
  const names: string[] = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [] as string[]
    throw error
  })
  const withEnd = (end: string) => names.filter((name) => name.endsWith(end)).sort()
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  for (const cert of withEnd('.cert')) {
    if (names.includes(keyOf(cert))) continue
    const advice = 'CA certificates must use the extension .crt'
    throw new EngineError('system', `missing key ${keyOf(cert)} for client certificate ${cert}. ${advice}`)
  }
  for (const key of withEnd('.key')) {
    const cert = key.replace(/\.key$/, '.cert')
    if (!names.includes(cert)) throw new EngineError('system', `missing client certificate ${cert} for key ${key}`)
  }
  return {
    ca: await Promise.all(withEnd('.crt').map(read)),
    clients: await Promise.all(withEnd('.cert').map(async (name) => ({ cert: await read(name), key: await read(keyOf(name)) }))),
  }
}

function keyOf(cert: string): string {
  return cert.replace(/\.cert$/, '.key')
}
