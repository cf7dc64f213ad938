/** @see the kernel's Documentation/admin-guide/module-signing.rst */
const MARK = Buffer.from('~Module signature appended~\n')

/** `struct module_signature` of include/linux/module_signature.h: its last four bytes are the length of what is before it, big-endian. */
const TRAILER_BYTES = 12

/**
 * A kernel module without what Debian has signed it with. The kernel loads it either way; to check the signature of each takes an
 * emulated processor longer than loading it, and the image that they lie in is checked as a whole.
 * @throws Error when the signature is longer than the file
 */
export function withoutSignature(module: Buffer): Buffer {
  if (!module.subarray(-MARK.length).equals(MARK)) return module
  const trailer = module.length - MARK.length - TRAILER_BYTES
  const end = trailer - module.readUInt32BE(trailer + TRAILER_BYTES - 4)
  if (end < 0) throw new Error('a signature is longer than its module')
  return module.subarray(0, end)
}
