import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../linux/run.ts'
import { clampTimes } from './tar-times.ts'

const LATEST = 1_000_000_000
const LONG = `${'long-'.repeat(40)}name`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tar-times-'))
  await mkdir(join(folder, 'in/dir'), { recursive: true })
  for (const [name, time] of [
    ['early', LATEST - 10],
    ['late', LATEST + 10.5],
    [LONG, LATEST + 10],
    ['dir', LATEST + 10],
  ] as const) {
    if (name !== 'dir') await writeFile(join(folder, 'in', name), 'content')
    await utimes(join(folder, 'in', name), time, time)
  }
})
afterAll(() => rm(folder, { recursive: true }))

it.each(['gnu', 'pax', 'ustar'])('has nothing be later, in the %s format', async (format) => {
  // The last of them has no way to say a long name.
  const names = ['dir', 'early', 'late', ...(format === 'ustar' ? [] : [LONG])]
  await run('tar', ['-C', join(folder, 'in'), '-cf', join(folder, 'tar'), `--format=${format}`, ...names])
  const editor = clampTimes(LATEST)
  const [bytes] = await Promise.all([buffer(editor), pipeline(Readable.from([await readFile(join(folder, 'tar'))]), editor)])
  const found: [string, number, string][] = []
  for await (const entry of Readable.from([bytes]).pipe(extract())) {
    const { name, mtime } = entry.header
    found.push([name, (mtime?.getTime() ?? 0) / 1000, (await buffer(entry)).toString()])
  }
  expect(found).toEqual(names.map((name) => (name === 'dir' ? ['dir/', LATEST, ''] : [name, name === 'early' ? LATEST - 10 : LATEST, 'content'])))
})
