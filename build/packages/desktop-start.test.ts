import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { desktopOptions } from '../../electron/options.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  await mkdir(join(folder, 'desktop'))
  await copyFile(new URL('desktop-debian/start', import.meta.url), join(folder, 'desktop/start'))
  await writeFile(join(folder, 'desktop/engineroom-desktop'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 })
})
afterEach(() => rm(folder, { recursive: true }))

/** What the window is told, as it reads it. */
async function told(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await promisify(execFile)('sh', [join(folder, 'desktop/start'), ...args], { env: { PATH: process.env.PATH, ...env } })
  const { engineSocket, vm, engineHost } = desktopOptions(stdout.trim().split('\n'))
  return { engineSocket, vm, engineHost }
}

const OWN = '/run/engineroom/docker.sock'
const VM = { name: 'default', command: ['/usr/bin/engineroom', 'vm'] }

test('without the package of the virtual machine the window shows an engine, and offers no other', async () => {
  expect(await told([])).toEqual({ engineSocket: OWN, vm: undefined, engineHost: undefined })
  await expect(told(['--vm'])).rejects.toThrow('there is no virtual machine here: install engineroom-vm')
})

test('with it, it offers the one in a virtual machine, or begins there; of another engine it shows that one alone', async () => {
  await mkdir(join(folder, 'vm-image'))
  expect(await told([])).toEqual({ engineSocket: OWN, vm: VM, engineHost: undefined })
  expect(await told([], { DOCKER_HOST: `unix://${OWN}` })).toMatchObject({ vm: VM })
  expect(await told(['--vm', '--', '--no-sandbox'])).toEqual({ engineSocket: OWN, vm: VM, engineHost: 'vm' })
  expect(await told(['--vm'], { DOCKER_HOST: 'unix:///other.sock' })).toEqual({ engineSocket: OWN, vm: VM, engineHost: 'vm' })
  expect(await told(['--engine-socket=/other.sock'])).toEqual({ engineSocket: '/other.sock', vm: undefined, engineHost: undefined })
  expect(await told([], { DOCKER_HOST: 'unix:///other.sock' })).toMatchObject({ engineSocket: '/other.sock', vm: undefined })
})
