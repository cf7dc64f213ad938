import type { NetworkSource } from '../hosts/vm/follow/host-network.ts'

/** A computer without proxies and certificates, of which nothing changes but for what a test has it do. */
export function stillNetwork(parts: Partial<NetworkSource> = {}): NetworkSource {
  return {
    read: async () => ({ proxies: { http: '', https: '', none: '' }, authorities: [], registryFiles: [] }),
    watch: () => ({ [Symbol.dispose]: () => undefined }),
    ...parts,
  }
}
