import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RECIPE, RUNTIME_VERSION, runtimeIn } from './electron-from-registry.ts'

let cache: string
const folder = () => join(cache, `electron-${RUNTIME_VERSION}`)

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'er-cache-'))
})
afterAll(() => rm(cache, { recursive: true }))

test('a cache that holds nothing, half a runtime, or one of another recipe has none', async () => {
  expect(runtimeIn(cache)).toBeUndefined()
  await mkdir(folder())
  await writeFile(join(folder(), 'electron'), '')
  expect(runtimeIn(cache)).toBeUndefined()
  await writeFile(join(folder(), 'recipe'), '0')
  expect(runtimeIn(cache)).toBeUndefined()
})

test('a finished one is found without asking anybody', async () => {
  await writeFile(join(folder(), 'recipe'), String(RECIPE))
  expect(runtimeIn(cache)).toEqual({ executablePath: join(folder(), 'electron'), version: RUNTIME_VERSION })
})
