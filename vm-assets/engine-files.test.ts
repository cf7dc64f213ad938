import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { engineFiles } from './engine-files.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-files-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('are what is imported, early or late, and nothing of an earlier build', async () => {
  const files = {
    'daemon.mjs': 'import { a } from "./chunk-A.mjs"; await import("./chunk-B.mjs")',
    'daemon-snapshot.cjs': "module.exports = require('./package-a.cjs')",
    'package-a.cjs': '',
    'digest-worker.mjs': '',
    'extract-worker.mjs': '',
    'chunk-A.mjs': "import './chunk-C.mjs'",
    'chunk-B.mjs': 'import "./chunk-A.mjs"',
    'chunk-C.mjs': '',
    'chunk-OLD.mjs': '',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const { 'chunk-OLD.mjs': _, ...needed } = files
  expect(await engineFiles(folder)).toEqual(Object.keys(needed).sort())
})
