import { randomBytes } from 'node:crypto'

export type NetworkId = string & { readonly brand: 'NetworkId' }

/** A network that containers can join. */
export interface Network {
  readonly id: NetworkId
  readonly name: string
  readonly driver: 'bridge' | 'host' | 'null'
  readonly createdAt: string
  /** Empty for networks without addresses of their own. */
  readonly subnet: string
  readonly gateway: string
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly isInternal: boolean
}

export function newNetworkId(): NetworkId {
  return randomBytes(32).toString('hex') as NetworkId
}
