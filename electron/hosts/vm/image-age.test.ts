import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hintOfOldImage } from './image-age.ts'

let assets: string
beforeEach(async () => {
  assets = await mkdtemp(join(tmpdir(), 'er-unit-'))
  await writeFile(join(assets, 'built.json'), JSON.stringify({ commit: 'abc', time: '2026-11-02T00:00:00.000Z' }))
})
afterEach(() => rm(assets, { recursive: true }))

const hint = () => hintOfOldImage(assets, join(assets, 'built.json'))
const made = (manifest: object) => writeFile(join(assets, 'manifest.json'), JSON.stringify(manifest))

test.each([
  ['an older one', { built: { time: '2026-11-01T23:59:59.000Z' } }, true],
  ['one that does not say', {}, true],
  ['the same', { built: { time: '2026-11-02T00:00:00.000Z' } }, false],
  ['a newer one', { built: { time: '2026-11-03T00:00:00.000Z' } }, false],
])('of an image with %s', async (_, manifest, isTold) => {
  await made(manifest)
  expect(await hint()).toEqual(isTold ? expect.stringMatching(new RegExp(`older engine.*: engineroom vm build --out ${assets}, then`)) : undefined)
})

test('of none: it is made of this engine', async () => {
  expect(await hint()).toBeUndefined()
})

test('an engine that does not know when it was built knows of nothing older', async () => {
  await made({})
  await rm(join(assets, 'built.json'))
  expect(await hint()).toBeUndefined()
})
