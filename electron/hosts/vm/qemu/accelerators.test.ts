import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BootAssets } from '../assets.ts'
import { candidates, chooseAccelerator } from './accelerators.ts'
import { qemuProgram } from './command-line.ts'
import { qemuVersion } from './version.ts'

test.each([
  ['linux', 'x64', 'x86_64', ['kvm', 'tcg']],
  ['linux', 'arm64', 'arm64', ['kvm', 'tcg']],
  ['darwin', 'arm64', 'arm64', ['hvf', 'tcg']],
  ['darwin', 'x64', 'x86_64', ['hvf', 'tcg']],
  ['win32', 'x64', 'x86_64', ['whpx', 'tcg']],
  ['darwin', 'arm64', 'x86_64', ['tcg']],
  ['freebsd', 'x64', 'x86_64', ['tcg']],
] as const)('%s on %s tries for a guest of %s: %j', (platform, host, guest, expected) => {
  expect(candidates(platform, host, guest)).toEqual(expected)
})

describe('the accelerator of this computer', () => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x86_64'
  const best = candidates(process.platform, process.arch, arch)[0]
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
    await writeFile(join(folder, 'kernel'), '')
    vi.stubEnv('PATH', folder)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })

  /** @param says when it is asked to boot */
  async function installQemu(version: string, says: string): Promise<void> {
    const program = join(folder, qemuProgram(arch))
    await writeFile(program, `#!/bin/sh\n[ "$1" = --version ] && echo "QEMU emulator version ${version}" || echo "${says}"\n`)
    await chmod(program, 0o755)
  }

  async function choose() {
    const kernel = join(folder, 'kernel')
    const assets: BootAssets = { arch, kernel, initrd: kernel, root: kernel, commandLine: '' }
    const { signal } = new AbortController()
    return chooseAccelerator(assets, await qemuVersion(qemuProgram(arch), signal), join(folder, 'memory'), signal, () => undefined)
  }

  test('is found out anew for another QEMU, and remembered for the same', async () => {
    await installQemu('7.2', 'no such machine')
    expect(await choose()).toBe('tcg')
    await installQemu('7.2', 'engineroom: stage kernel start')
    expect(await choose()).toBe('tcg')
    await installQemu('8.0', 'engineroom: stage kernel start')
    expect(await choose()).toBe(best)
  })

  test('is not what a QEMU that is not there has shown', async () => {
    await expect(choose()).rejects.toThrow(`${qemuProgram(arch)} is not installed.`)
    await expect(readFile(join(folder, 'memory'))).rejects.toThrow('ENOENT')
    await installQemu('7.2', 'engineroom: stage kernel start')
    expect(await choose()).toBe(best)
  })
})
