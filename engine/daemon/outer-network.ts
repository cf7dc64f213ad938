import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError, hasCode } from '../errors.ts'
import { setOutsideAuthorities } from '../linux/trusted-authorities.ts'
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
    setOutsideAuthorities(authorities)
    for (const [name, key] of Object.entries(VARIABLES)) {
      delete process.env[name.toLowerCase()]
      if (proxies[key] === '') delete process.env[name]
      else process.env[name] = proxies[key]
    }
    this.#onProxies()
    await putFiles(this.#folder, registryFiles)
  }
}

/** To read them all as certificates would take an emulated processor as long as the network of a boot does; Node makes nothing of what is none. */
function checkCertificate(pem: string): void {
  if (!/^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\s*$/.test(pem))
    throw new EngineError('invalid', `an authority cannot be read: ${JSON.stringify(pem.slice(0, 100))} is not a certificate`)
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
