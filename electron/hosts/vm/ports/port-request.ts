import { type Static, Type } from 'typebox'

/** What the engine in the guest asks for: a port of this computer's that leads to a port of the guest's. */
export const PortRequestSchema = Type.Object({
  id: Type.Integer(),
  op: Type.Union([Type.Literal('hold'), Type.Literal('release')]),
  protocol: Type.Union([Type.Literal('tcp'), Type.Literal('udp'), Type.Literal('sctp')]),
  hostIp: Type.String(),
  hostPort: Type.Integer({ minimum: 1, maximum: 65535 }),
  innerPort: Type.Integer({ minimum: 1, maximum: 65535 }),
})
export type PortRequest = Static<typeof PortRequestSchema>

/** Why a port cannot be had: with the code that a bind fails with, e.g. `EADDRINUSE`. */
export class PortError extends Error {
  readonly code: string

  constructor(code: string, message: string = code) {
    super(message)
    this.name = 'PortError'
    this.code = code
  }
}
