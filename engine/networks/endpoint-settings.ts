import { type Static, Type } from 'typebox'

const Text = Type.Optional(Type.String())
const Texts = Type.Optional(Type.Array(Type.String()))

/** What a client may ask of a container's place in a network. @see Engine API 1.51 EndpointSettings */
export const EndpointSettingsSchema = Type.Object({
  IPAMConfig: Type.Optional(Type.Object({ IPv4Address: Text, IPv6Address: Text, LinkLocalIPs: Texts })),
  Links: Texts,
  Aliases: Texts,
  MacAddress: Text,
  DriverOpts: Type.Optional(Type.Record(Type.String(), Type.String())),
  GwPriority: Type.Optional(Type.Integer()),
  NetworkID: Text,
})
export type EndpointSettings = Static<typeof EndpointSettingsSchema>

/** One host address and port; both may be empty, the port may be a range. */
export interface PortBinding {
  readonly HostIp?: string
  readonly HostPort?: string
}

/** `80/tcp` → where the host publishes it; null for a port that is only exposed. */
export type PortMap = Readonly<Record<string, readonly PortBinding[] | null>>
