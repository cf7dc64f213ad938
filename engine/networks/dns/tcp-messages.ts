/** The length of the first message in what TCP has brought; undefined until all of it is there. @see RFC 1035 4.2.2 */
export function messageLength(received: Buffer): number | undefined {
  if (received.length < 2) return undefined
  const length = received.readUInt16BE(0)
  return received.length >= 2 + length ? length : undefined
}

/** As TCP carries a message: its length first. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
