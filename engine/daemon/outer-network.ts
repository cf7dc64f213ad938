import { X509Certificate } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode, messageOf } from '../errors.ts'
import { trustOutsideAuthorities } from '../linux/trusted-authorities.ts'
import type { OuterNetwork, RegistryFile } from '../networks/outer-network.ts'

const VARIABLES = { HTTP_PROXY: 'http', HTTPS_PROXY: 'https', NO_PROXY: 'none' } as const

/**
 * Reaches registries as the computer around our virtual machine does, from the next request on: by its proxies, which are our
 * environment's and so the tools' that we start, and with its authorities besides our own.
 */
export class OuterNetworkFollower {
  readonly #folder: string
  readonly #onProxies: () => void

  /**
   * @param folder where that computer's `certs.d` is put; made when there is something to put into it
   * @param onProxies told when those of our environment have changed
   */
  constructor(folder: string, onProxies: () => void) {
    this.#folder = folder
    this.#onProxies = onProxies
  }

  /** @throws EngineError `invalid` for an authority that is no certificate; then nothing has changed */
  async follow({ proxies, authorities, registryFiles }: OuterNetwork): Promise<void> {
    for (const authority of authorities) checkCertificate(authority)
    trustOutsideAuthorities(authorities)
    for (const [name, key] of Object.entries(VARIABLES)) {
      delete process.env[name.toLowerCase()]
      if (proxies[key] === '') delete process.env[name]
      else process.env[name] = proxies[key]
    }
    this.#onProxies()
    await putFiles(this.#folder, registryFiles)
  }
}

/** Node takes others, too, and makes nothing of them. */
function checkCertificate(pem: string): void {
  try {
    new X509Certificate(pem)
  } catch (error) {
    throw new EngineError('invalid', `an authority cannot be read: ${messageOf(error)}`)
  }
}

/** Makes `folder` hold these files and no others. Who reads meanwhile finds each of them whole. */
async function putFiles(folder: string, files: readonly RegistryFile[]): Promise<void> {
  for (const { host, name, text } of files) {
    const path = join(folder, host, name)
    await mkdir(join(folder, host), { recursive: true, mode: 0o700 })
    await writeFile(`${path}.new`, text, { mode: 0o600 })
    await rename(`${path}.new`, path)
  }
  const wanted = new Set(files.map(({ host, name }) => join(folder, host, name)))
  for (const path of await filesIn(folder)) if (!wanted.has(path)) await rm(path)
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}
