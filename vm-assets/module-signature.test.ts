import { expect, it } from 'vitest'
import { withoutSignature } from './module-signature.ts'

const CODE = Buffer.from('\x7fELF and so on')

/** As scripts/sign-file.c of the kernel appends it. */
function signed(length: number): Buffer {
  const trailer = Buffer.alloc(12)
  trailer.writeUInt32BE(length, 8)
  return Buffer.concat([CODE, Buffer.alloc(7, 's'), trailer, Buffer.from('~Module signature appended~\n')])
}

it('takes the signature away, all of it', () => expect(withoutSignature(signed(7))).toEqual(CODE))

it('leaves a module alone that has none', () => expect(withoutSignature(CODE)).toEqual(CODE))

it('refuses a length that cannot be', () => expect(() => withoutSignature(signed(10_000))).toThrow('longer than its module'))
