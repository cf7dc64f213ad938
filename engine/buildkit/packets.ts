import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { type Packet, PacketSchema } from './protocol/wire_pb.ts'

/** What a packet is. @see tonistiigi/fsutil, types/wire.proto */
export const PACKET = { stat: 0, request: 1, data: 2, end: 3, error: 4 }

export function packet(init: MessageInitShape<typeof PacketSchema>): Packet {
  return create(PacketSchema, init)
}
