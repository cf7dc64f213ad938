import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesFor, hasSource, installCommand, isFromFile, readInstallation, upgradeCommand } from './installation.ts'

test('a package says what it is and who signs its releases; sources say nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  try {
    expect(await readInstallation(folder)).toEqual({ format: undefined, key: undefined, hasVm: false })
    const { publicKey } = generateKeyPairSync('ed25519')
    await writeFile(join(folder, 'package-type'), 'deb\n')
    await mkdir(join(folder, 'vm-image'))
    await writeFile(join(folder, 'release-key.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
    const { format, key, hasVm } = await readInstallation(folder, join(folder, 'vm-image'))
    expect([format, hasVm]).toEqual(['deb', true])
    expect(key?.equals(publicKey)).toBe(true)
  } finally {
    await rm(folder, { recursive: true })
  }
})

const names = [
  'engineroom_0.2.0_amd64.deb',
  'engineroom-engine_0.2.0_amd64.deb',
  'engineroom-vm_0.2.0_amd64.deb',
  'engineroom_0.2.0_arm64.deb',
  'engineroom-0.2.0-1.x86_64.rpm',
  'engineroom-0.2.0-1.aarch64.rpm',
]

test.each([
  ['deb', 'x64', ['engineroom_0.2.0_amd64.deb', 'engineroom-engine_0.2.0_amd64.deb']],
  ['deb', 'arm64', ['engineroom_0.2.0_arm64.deb']],
  ['rpm', 'x64', ['engineroom-0.2.0-1.x86_64.rpm']],
  ['rpm', 'arm64', ['engineroom-0.2.0-1.aarch64.rpm']],
] as const)('%s on %s', (format, arch, wanted) => {
  const files = names.map((url) => ({ url, sha512: '', size: 1 }))
  expect(filesFor({ format, hasVm: false }, arch, files).map(({ url }) => url)).toEqual(wanted)
})

test('what the virtual machine is of comes where it is there, and not otherwise', () => {
  const files = names.map((url) => ({ url, sha512: '', size: 1 }))
  expect(filesFor({ format: 'deb', hasVm: true }, 'x64', files).map(({ url }) => url)).toContain('engineroom-vm_0.2.0_amd64.deb')
  expect(upgradeCommand('deb', true)).toMatch(/--only-upgrade engineroom engineroom-engine engineroom-vm$/)
  expect(upgradeCommand('rpm', false)).toMatch(/engineroom engineroom-engine$/)
})

test('the command is one for a shell, whatever the folder is called', () => {
  expect(installCommand('deb', "/home/o'neil/my updates", ['a.deb', 'b.deb'])).toBe(
    "sudo apt install '/home/o'\\''neil/my updates/a.deb' '/home/o'\\''neil/my updates/b.deb'",
  )
})

describe('who brings new ones', () => {
  const table = (...lines: readonly string[]) => ['engineroom:', '  Installed: 0.1.0', '  Candidate: 0.1.0', '  Version table:', ...lines].join('\n')
  const installed = [' *** 0.1.0 100', '        100 /var/lib/dpkg/status']

  test.each([
    ['', false],
    [table(...installed), false],
    [table(' *** 0.1.0 500', '        500 https://packages.example stable/main amd64 Packages', '        100 /var/lib/dpkg/status'), true],
    [table('     0.2.0 500', '        500 https://packages.example stable/main amd64 Packages', ...installed), true],
    [table('     0.2.0 -1', '         -1 https://packages.example stable/main amd64 Packages', ...installed), true],
  ])('apt-cache: %s', (policy, isOfRepository) => expect(hasSource(policy)).toBe(isOfRepository))

  test.each([
    ['', false],
    ['Installed Packages\nengineroom.x86_64    0.1.0-1    @@commandline\n', true],
    ['Installed Packages\nengineroom.x86_64    0.1.0-1    @commandline\n', true],
    ['Installed Packages\nengineroom.x86_64    0.1.0-1    @engineroom\n', false],
  ])('dnf: %j', (list, isOfFile) => expect(isFromFile(list)).toBe(isOfFile))
})
