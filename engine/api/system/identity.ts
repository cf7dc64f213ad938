import type { AddressPool } from '../../networks/address-pools.ts'

/** Who this daemon is, for `/info`, `/version` and the `Server` header. */
export interface Identity {
  /** Docker-like, because clients compare it, with our own name behind it. */
  readonly version: string
  /** Of this source tree, `unknown` outside a build. */
  readonly gitCommit: string
  readonly buildTime: string
  /** Stable for a data root. */
  readonly daemonId: string
  readonly dataRoot: string
  /** That it was told to take the subnets of new networks from. */
  readonly addressPools: readonly AddressPool[]
  /** What holds the data root, by docker's name. */
  readonly fileSystem: string
  /** A reload may change them. */
  labels: readonly string[]
  /** First line of the OCI runtime's `--version`; a reload may change the runtime. */
  runtimeVersion: string
}
