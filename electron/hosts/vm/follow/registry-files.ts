import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { codeOf, messageOf } from '../../../errors.ts'

/** A file of `certs.d`, for one registry. */
export interface RegistryFile {
  /** HOST or HOST:PORT. */
  readonly host: string
  readonly name: string
  readonly text: string
}

/** Where people put them, for Docker or for us. @param home of our own data */
export function certificateFolders(home: string): readonly string[] {
  return ['/etc/docker/certs.d', '/etc/engineroom/certs.d', join(homedir(), '.docker/certs.d'), join(home, 'certs.d')]
}

/**
 * All files of these folders. Of several of one name, the last counts; what may not be read is left out.
 * @param say told of what is left out
 */
export async function registryFilesIn(folders: readonly string[], say: (line: string) => void): Promise<RegistryFile[]> {
  const found = new Map<string, RegistryFile>()
  for (const folder of folders) {
    for (const host of await namesIn(folder, say)) {
      for (const name of (await namesIn(join(folder, host), say)).filter((one) => /^[^.].*\.(crt|cert|key)$/.test(one))) {
        const text = await readIfMay(join(folder, host, name), say)
        if (text !== undefined) found.set(`${host}/${name}`, { host, name, text })
      }
    }
  }
  return [...found.values()]
}

async function namesIn(folder: string, say: (line: string) => void): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    // What lies beside the folders of registries is nobody's.
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) say(`certificates are left out: ${messageOf(error)}`)
    return []
  }
}

async function readIfMay(path: string, say: (line: string) => void): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // One that has gone meanwhile has been removed by somebody.
    if (codeOf(error) !== 'ENOENT') say(`the certificate ${basename(path)} is left out: ${messageOf(error)}`)
    return undefined
  }
}
