import type { Authorities } from './authorities.ts'
import { type ChosenProxies, type Proxies, proxiesFor, seenFromGuest } from './proxies.ts'
import { type RegistryFile, registryFilesIn } from './registry-files.ts'
import { watchFolders } from './watch-folders.ts'

/** How this computer gets out and whom it trusts, as the engine in the guest takes it. */
export interface HostNetwork {
  readonly proxies: Proxies
  readonly authorities: readonly string[]
  readonly registryFiles: readonly RegistryFile[]
}

/** Where that is read, and who tells when it may have changed. */
export interface NetworkSource {
  read(): Promise<HostNetwork>
  watch(changed: () => void): Disposable
}

export interface NetworkParts {
  readonly env: NodeJS.ProcessEnv
  /** Asked at each reading: a person may choose others meanwhile. */
  readonly chosen: () => ChosenProxies | undefined
  readonly authorities: Authorities
  /** Folders as dockerd's `certs.d`. */
  readonly certificateFolders: readonly string[]
  /** What could not be read is left out, and told here. */
  readonly say: (line: string) => void
}

/** This computer's own. */
export function hostNetwork({ env, chosen, authorities, certificateFolders, say }: NetworkParts): NetworkSource {
  return {
    async read() {
      const [trusted, registryFiles] = await Promise.all([authorities.read(say), registryFilesIn(certificateFolders, say)])
      return { proxies: seenFromGuest(proxiesFor(chosen(), env)), authorities: trusted, registryFiles }
    },
    watch: (changed) => watchFolders([...certificateFolders, ...authorities.folders], changed),
  }
}
