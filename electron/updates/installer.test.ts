import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Installer, installerFor } from './installer.ts'

let root: string
let program: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'er-unit-'))
  program = join(root, 'desktop/resources/app/dist/electron')
  await put(join(root, `node_modules/node-linux-${process.arch}/bin/node`), '')
  await put(join(program, 'install-update.cjs'), '')
})
afterEach(() => rm(root, { recursive: true }))

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { mode: 0o755 })
}

/** @param script of a shell that stands for pkexec */
async function installer(script: string): Promise<Installer> {
  await put(join(root, 'pkexec'), `#!/bin/sh\n${script}\n`)
  const install = installerFor(program, { format: 'deb', key: undefined, hasVm: false }, join(root, 'pkexec'))
  if (!install) throw new Error('nothing installs here')
  return install
}

test('asks for our own program, by the engine’s Node, with the release’s folder', async () => {
  const install = await installer(
    `echo "$@" > ${join(root, 'asked')}; test "$*" = "${root}/node_modules/node-linux-${process.arch}/bin/node ${program}/install-update.cjs /release"`,
  )
  expect(await install('/release')).toBeUndefined()
})

test.each([
  ['a person who closes the dialog says nothing', 'echo "Error executing command as another user: Request dismissed" >&2; exit 126', ''],
  ['what went wrong is told by its last words', 'echo first >&2; echo "E: no room" >&2; exit 100', 'E: no room'],
])('%s', async (_what, script, said) => {
  const install = await installer(script)
  expect(await install('/release')).toBe(said)
})

test('there is none without polkit, or where the window is run from its sources', async () => {
  expect(installerFor(program, { format: 'deb', key: undefined, hasVm: false }, join(root, 'no-pkexec'))).toBeUndefined()
  await put(join(root, 'pkexec'), '')
  expect(installerFor(program, { format: undefined, key: undefined, hasVm: false }, join(root, 'pkexec'))).toBeUndefined()
})
