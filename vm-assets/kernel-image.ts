/** The compressed kernel inside a bzImage. */
export interface KernelPayload {
  readonly compression: 'gzip' | 'xz' | 'zstd' | 'lz4'
  readonly bytes: Buffer
}

const MAGIC = {
  gzip: [0x1f, 0x8b],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  lz4: [0x02, 0x21, 0x4c, 0x18],
} as const

/** After the payload comes its size when unpacked, for whoever unpacks it in place. */
const SIZE_BYTES = 4

/**
 * Finds the payload of an x86 kernel: unpacked when the image is made, it need not be unpacked at every boot, and QEMU
 * starts it at its PVH entry, with no real mode on the way.
 * @throws Error when this is no bzImage of boot protocol 2.08 or later
 * @see Linux, Documentation/arch/x86/boot.rst
 */
export function payloadOfBzImage(image: Buffer): KernelPayload {
  if (image.length < 0x260 || image.toString('latin1', 0x202, 0x206) !== 'HdrS') throw new Error('this is no bzImage: it has no HdrS')
  const version = image.readUInt16LE(0x206)
  if (version < 0x208)
    throw new Error(`boot protocol ${(version >> 8).toString()}.${(version & 0xff).toString().padStart(2, '0')} does not say where the payload is`)
  const setupSectors = image.readUInt8(0x1f1) || 4
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248)
  const end = start + image.readUInt32LE(0x24c)
  if (end > image.length) throw new Error('the bzImage ends before its payload does')
  const bytes = image.subarray(start, end - SIZE_BYTES)
  for (const [compression, magic] of Object.entries(MAGIC) as [KernelPayload['compression'], readonly number[]][]) {
    if (magic.every((byte, at) => bytes[at] === byte)) return { compression, bytes }
  }
  throw new Error(`the payload is compressed in no way we know: it begins with ${bytes.toString('hex', 0, 6)}`)
}
