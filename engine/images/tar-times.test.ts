import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../linux/run.ts'
import type { TarEditor } from './tar-editor.ts'
import { clampTimes, setTimes } from './tar-times.ts'

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

describe.each(['gnu', 'pax', 'ustar'])('the %s format', (format) => {
  // The last of them has no way to say a long name.
  const names = ['dir', 'early', 'late', ...(format === 'ustar' ? [] : [LONG])]
  const wanted = (early: number) => names.map((name) => (name === 'dir' ? ['dir/', LATEST, ''] : [name, name === 'early' ? early : LATEST, 'content']))

  it('has nothing be later', async () => expect(await through(format, names, clampTimes(LATEST))).toEqual(wanted(LATEST - 10)))
  it('has everything be of one time', async () => expect(await through(format, names, setTimes(LATEST))).toEqual(wanted(LATEST)))
})

/** What is in an archive that goes through an editor: names, times and content. */
async function through(format: string, names: readonly string[], editor: TarEditor): Promise<[string, number, string][]> {
  await run('tar', ['-C', join(folder, 'in'), '-cf', join(folder, 'tar'), `--format=${format}`, ...names])
  const [bytes] = await Promise.all([buffer(editor), pipeline(Readable.from([await readFile(join(folder, 'tar'))]), editor)])
  const found: [string, number, string][] = []
  for await (const entry of Readable.from([bytes]).pipe(extract())) {
    const { name, mtime } = entry.header
    found.push([name, (mtime?.getTime() ?? 0) / 1000, (await buffer(entry)).toString()])
  }
  return found
}
