import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { DigestMeter, DigestVerifier, digestOf, parseDigest } from './digest.ts'

/** @see FIPS 180-2, B.1 */
const ABC = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

describe('digests', () => {
  it('are those of the standard', () => expect(digestOf('abc')).toBe(ABC))

  it.each(['abc', `sha512:${'a'.repeat(64)}`, `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, `${ABC}\n`])('%j is none', (text) => {
    expect(() => parseDigest(text)).toThrow(`invalid checksum digest format: ${text}`)
  })
})

describe('DigestMeter', () => {
  it('passes everything on and knows its digest and size', async () => {
    const meter = new DigestMeter()
    expect(await buffer(Readable.from([Buffer.from('a'), Buffer.from('bc')]).pipe(meter))).toEqual(Buffer.from('abc'))
    expect([meter.digest(), meter.sizeBytes, meter.digest()]).toEqual([ABC, 3, ABC])
  })
})

describe('DigestVerifier', () => {
  const verify = (text: string) => pipeline(Readable.from([Buffer.from(text)]), new DigestVerifier(parseDigest(ABC)), async (source) => buffer(source))

  it('lets the right bytes through', async () => expect(await verify('abc')).toEqual(Buffer.from('abc')))

  it('fails before the end of the wrong ones', async () => {
    await expect(verify('abd')).rejects.toThrow(`filesystem layer verification failed for digest ${ABC}`)
    await expect(verify('')).rejects.toThrow('verification failed')
  })
})
