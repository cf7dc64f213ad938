import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { compactDisk } from './disk.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** @param onConvert shell; `$out` is the file that is to be made */
async function qemuImgThat(onConvert: string): Promise<void> {
  const program = join(folder, 'qemu-img')
  const lines = [
    '#!/bin/sh',
    `for out; do :; done`,
    `case $1 in`,
    `info) echo '{"virtual-size": 4096, "actual-size": 4096}' ;;`,
    `convert) ${onConvert} ;;`,
    'esac',
  ]
  await writeFile(program, lines.join('\n'))
  await chmod(program, 0o755)
}

test('a disk that cannot be compacted stays as it is, with nothing beside it', async () => {
  const disk = join(folder, 'data.qcow2')
  await writeFile(disk, 'x')
  await qemuImgThat('echo half >"$out"; echo "No space left on device" >&2; exit 1')
  await expect(compactDisk(disk)).rejects.toThrow('qemu-img convert failed: No space left on device')
  expect((await readdir(folder)).sort()).toEqual(['data.qcow2', 'qemu-img'])
})
