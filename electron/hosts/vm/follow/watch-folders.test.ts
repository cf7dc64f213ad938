import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../../../tests/harness/until.ts'
import { registryFilesIn } from './registry-files.ts'
import { watchFolders } from './watch-folders.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a file is noticed, also in a folder of which not even the parent was there', async () => {
  const path = join(folder, 'docker/certs.d')
  let seen = 0
  using _ = watchFolders([path], () => void seen++)
  for (const file of ['registry.example:5000/ca.crt', 'registry.example:5000/other.crt', 'other.example/ca.crt']) {
    const before = seen
    await mkdir(join(path, file, '..'), { recursive: true })
    await writeFile(join(path, file), 'certificate')
    await until(file, () => seen > before)
  }
})

test('files of certs.d are read, those of a later folder last; others are left alone', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  for (const [path, text] of [
    [`${first}/a.example/ca.crt`, 'first'],
    [`${first}/a.example/client.cert`, 'cert'],
    [`${first}/a.example/README`, 'words'],
    [`${first}/a.example/.hidden.crt`, 'words'],
    [`${second}/a.example/ca.crt`, 'second'],
    [`${second}/stray.crt`, 'words'],
  ] as const) {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text)
  }
  await mkdir(join(first, 'b.example/folder.crt'), { recursive: true })
  const said: string[] = []
  expect(await registryFilesIn([first, join(folder, 'missing'), second], (line) => void said.push(line))).toEqual([
    { host: 'a.example', name: 'ca.crt', text: 'second' },
    { host: 'a.example', name: 'client.cert', text: 'cert' },
  ])
  expect(said).toEqual([expect.stringContaining('the certificate folder.crt is left out: EISDIR')])
})
