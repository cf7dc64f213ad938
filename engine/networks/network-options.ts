/** What flags and daemon.json say about networks. */
export interface NetworkOptions {
  readonly bridge: string
  /** Address of the default bridge, e.g. `172.17.0.1/16`; undefined picks a free pool. */
  readonly bip: string | undefined
  /** The part of the default bridge's subnet from which containers get addresses; undefined for all of it. */
  readonly fixedCidr: string | undefined
  /** `base=172.80.0.0/16,size=24`: where the default bridge may pick its subnet; empty for docker's own pools. */
  readonly defaultAddressPools: readonly string[]
  readonly mtu: number
  readonly dns: readonly string[]
  readonly dnsSearch: readonly string[]
  readonly dnsOptions: readonly string[]
  /** For published ports that name no host address. */
  readonly ip: string
  /** What `host-gateway` means as the address of a host; none for the gateway of the default bridge. */
  readonly hostGatewayIps: readonly string[]
  /** Names that every container finds `host-gateway` by: those of the computer around a virtual machine. */
  readonly namesOfVmHost: readonly string[]
  readonly icc: boolean
  readonly ipForward: boolean
  readonly ipMasq: boolean
}
