import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { icns, ico } from './icons.ts'

const asset = (name: string) => readFileSync(new URL(`../../../electron/assets/${name}`, import.meta.url))
/** As a PNG's first chunk says it. */
const sizeOf = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)]

test('a Mac’s icon says how long it is, and has the picture of 1024 pixels whole', () => {
  const png = asset('icon-1024.png')
  expect(sizeOf(png)).toEqual([1024, 1024])
  const made = Buffer.from(icns(png))
  expect([made.toString('latin1', 0, 4), made.readUInt32BE(4)]).toEqual(['icns', made.length])
  expect([made.toString('latin1', 8, 12), made.readUInt32BE(12)]).toEqual(['ic10', made.length - 8])
  expect(made.subarray(16).equals(png)).toBe(true)
})

test('the icon for Windows says where the picture of 256 pixels is, and how long', () => {
  const png = asset('icon.png')
  expect(sizeOf(png)).toEqual([256, 256])
  const made = Buffer.from(ico(png))
  expect([made.readUInt16LE(2), made.readUInt16LE(4), made[6], made[7]]).toEqual([1, 1, 0, 0])
  const [length, at] = [made.readUInt32LE(14), made.readUInt32LE(18)]
  expect(made.subarray(at, at + length).equals(png)).toBe(true)
  expect(at + length).toBe(made.length)
})
