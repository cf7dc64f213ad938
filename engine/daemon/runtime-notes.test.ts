import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runtimeFeatures } from './runtime-notes.ts'

let folder: string
let runtime: string
let notes: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'features-'))
  runtime = join(folder, 'runtime')
  notes = join(folder, 'notes.json')
  await install('1.2.3')
})
afterEach(() => rm(folder, { recursive: true }))

/** A program that answers as runc does, and counts how often it is asked. */
async function install(version: string): Promise<void> {
  const answers = `features) echo '{"mountOptions":["bind","ro"]}' ;; --version) echo 'runc version ${version}' ;;`
  await writeFile(runtime, `#!/bin/sh\necho "$1" >>${folder}/asked\ncase $1 in ${answers} esac\n`, { mode: 0o755 })
}

async function timesAsked(): Promise<number> {
  return (await readFile(join(folder, 'asked'), 'utf8')).trim().split('\n').length
}

it('asks a runtime once', async () => {
  const first = await runtimeFeatures([runtime], notes)
  expect(first.get(runtime)).toMatchObject({ version: '1.2.3', mountOptions: ['bind', 'ro'] })
  const { ino } = await stat(notes)
  expect(await runtimeFeatures([runtime], notes)).toEqual(first)
  expect((await stat(notes)).ino, 'written once').toBe(ino)
  expect(await timesAsked()).toBe(2)
})

it('asks again when another program is there', async () => {
  await runtimeFeatures([runtime], notes)
  await rm(runtime)
  await install('1.2.40')
  expect((await runtimeFeatures([runtime], notes)).get(runtime)?.version).toBe('1.2.40')
})

it.each(['', '{', '[]', '{"x":1}'])('asks again when the notes are %j', async (text) => {
  await writeFile(notes, text)
  expect((await runtimeFeatures([runtime], notes)).get(runtime)?.version).toBe('1.2.3')
  await runtimeFeatures([runtime], notes)
  expect(await timesAsked()).toBe(2)
})

it('knows nothing of one that fails, and asks it again', async () => {
  await appendFile(runtime, 'exit 1\n')
  for (const _ of [1, 2]) expect((await runtimeFeatures([runtime], notes)).get(runtime)).toMatchObject({ version: undefined, mountOptions: [] })
  expect(await timesAsked()).toBe(4)
})

it('knows nothing of one that is not there', async () => {
  const nowhere = join(folder, 'nowhere')
  expect((await runtimeFeatures([nowhere], notes)).get(nowhere)).toMatchObject({ version: undefined })
})
