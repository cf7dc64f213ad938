import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defaultAssetsFolder } from './assets-folder.ts'
import { makeMissingImage } from './make-image.ts'

let cache: string
let said: string[]
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'er-unit-'))
  vi.stubEnv('XDG_CACHE_HOME', cache)
  said = []
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(cache, { recursive: true })
})

/** @param script of a shell; `$1` is the first of its flags */
function make(script: string, folder = defaultAssetsFolder(), signal = new AbortController().signal): Promise<void> {
  return makeMissingImage(folder, ['/bin/sh', '-c', script, 'builder'], { signal, say: (detail) => void said.push(detail) })
}

test('an image that is not there is made, and what goes on is told', async () => {
  await make('echo "• fetching 3 packages" >&2; echo "a warning" >&2')
  expect(said).toEqual(['making it, once: this takes a minute or more', 'making it, once: fetching 3 packages', ''])
})

test('one that is there, or that a person has named another folder for, is not', async () => {
  await make('exit 1', join(cache, 'another'))
  await mkdir(defaultAssetsFolder(), { recursive: true })
  await writeFile(join(defaultAssetsFolder(), 'manifest.json'), '')
  await make('exit 1')
  expect(said).toEqual([])
})

test('where a package has one, that is taken, whatever was made before', async () => {
  const packaged = join(cache, 'vm-image')
  const made = defaultAssetsFolder(process.env, packaged)
  await mkdir(packaged)
  expect([made, defaultAssetsFolder(process.env, packaged)]).toEqual([defaultAssetsFolder(), packaged])
})

test('packages that are not to be had any more are replaced by the newest', async () => {
  await make('[ "$1" = --newest ] || { echo "busybox_1.deb could not be fetched" >&2; exit 1; }')
  expect(said).toContain('making it of the newest packages')
})

test('a failure says what the builder said last', async () => {
  await expect(make('echo "• fetching" >&2; echo "mkfs.erofs is not here" >&2; exit 1')).rejects.toMatchObject({
    message: 'The image of the VM could not be made: mkfs.erofs is not here',
    remedy: expect.stringContaining('engineroom vm build'),
  })
})

test('who calls it off is not told of a failure', async () => {
  const stop = new AbortController()
  const making = expect(make('echo "• fetching" >&2; exec sleep 100', undefined, stop.signal)).rejects.toThrow('told to stop')
  stop.abort(new Error('told to stop'))
  await making
})
