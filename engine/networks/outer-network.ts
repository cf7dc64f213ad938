import { type Static, Type } from 'typebox'

/** A file of `certs.d`: whom to trust at a registry, or who we are there. */
const RegistryFile = Type.Object({
  /** HOST or HOST:PORT. */
  host: Type.String({ pattern: '^[A-Za-z0-9_\\[][A-Za-z0-9_.:\\[\\]-]*$' }),
  name: Type.String({ pattern: '^[^./\\0][^/\\0]*\\.(crt|cert|key)$' }),
  text: Type.String(),
})
export type RegistryFile = Static<typeof RegistryFile>

/** How the computer around our virtual machine gets out, and whom it trusts. */
export const OuterNetworkSchema = Type.Object({
  /** As in HTTP_PROXY, HTTPS_PROXY and NO_PROXY, seen from here; empty for none. */
  proxies: Type.Object({ http: Type.String(), https: Type.String(), none: Type.String() }),
  /** Authorities that it trusts and we have not; PEM, one certificate each. */
  authorities: Type.Array(Type.String()),
  registryFiles: Type.Array(RegistryFile),
})
export type OuterNetwork = Static<typeof OuterNetworkSchema>
