import { chown, lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PATIENCE_MS, PERSON, RealVm } from '../harness/real-vm.ts'
import { until } from '../harness/until.ts'

/** A folder of somebody who is not root, and cannot give files away: in containers everybody is the owner of all files. */
let vm: RealVm
let share: string

beforeAll(async () => {
  vm = await RealVm.createForPerson()
  share = join(vm.home, 'shared')
  await mkdir(share)
  await chown(share, PERSON, PERSON)
  await vm.prepare('--share', share)
})
afterAll(() => vm?.[Symbol.asyncDispose]())

/** What a shell in a container says that has the shared folder at /src. */
const inside = (script: string, ...flags: string[]) => vm.ok('run', '--rm', ...flags, '-v', `${share}:/src`, '-w', '/src', 'busybox', 'sh', '-ec', script)

const ownersHere = async () => new Set(await Promise.all((await readdir(share)).map(async (name) => (await lstat(join(share, name))).uid)))

test('root gives a folder away, and whom it is given to has it; here all of it is the person’s', async () => {
  expect(await inside('mkdir -m 700 data; chown 999:999 data; echo words >data/file; chmod 640 data/file; stat -c "%u %a" data')).toBe('0 700')
  expect(await inside('stat -c "%u %g %a" data data/file; echo more >>data/file; cat data/file', '-u', '999:998')).toBe('999 998 700\n999 998 640\nwords\nmore')
  expect(await ownersHere()).toEqual(new Set([PERSON]))
  expect(((await stat(join(share, 'data/file'))).mode & 0o7777).toString(8)).toBe('640')
})

test('who is not root gives nothing away', async () => {
  const { code, stderr } = await vm.docker(['run', '--rm', '-u', '999', '-v', `${share}:/src`, 'busybox', 'chown', '998', '/src/data'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('Operation not permitted')])
})

test('what either side writes is there on the other at once, under a name that it had before, too', async () => {
  await writeFile(join(share, 'page'), 'one')
  await chown(join(share, 'page'), PERSON, PERSON)
  expect(await inside('cat page; echo two, and longer >page')).toBe('one')
  expect(await readFile(join(share, 'page'), 'utf8')).toBe('two, and longer\n')
  await writeFile(join(share, 'page'), 'three')
  expect(await inside('cat page; rm page; mkdir page; ls -d page')).toBe('threepage')
  expect((await stat(join(share, 'page'))).isDirectory()).toBe(true)
})

test('a file that is open can be renamed and removed; links and programs work', async () => {
  expect(await inside('exec 3<>open; echo words >&3; mv open other; cat other; rm other; echo more >&3; ls /proc/self/fd/3')).toBe('words\n/proc/self/fd/3')
  expect(await inside('printf "#!/bin/sh\\necho ran" >run; chmod 755 run; ln -s run link; ./link; (umask 222; echo x >read-only); cat read-only')).toBe(
    'ran\nx',
  )
})

test('what shows the folder is there again after it was killed', async () => {
  const kill = 'for one in /proc/[0-9]*; do if grep -q owners/[m]ain.lua $one/cmdline; then kill -9 ${one#/proc/}; fi; done'
  await vm.ok('run', '--rm', '--privileged', '--pid', 'host', 'busybox', 'sh', '-c', `${kill} 2>/dev/null; true`)
  await until('the folder to be mounted again', async () => (await vm.vm(['logs'])).stdout.includes('is mounted again'), 30_000)
  expect(await inside('cat data/file')).toBe('words\nmore')
})

test('it is there when a suspended machine goes on, and a container that has it keeps it from being suspended', async () => {
  await vm.ok('run', '-d', '--name', 'holder', '-v', `${share}:/src`, 'busybox', 'sleep', '1000')
  expect((await vm.vm(['suspend'], { timeoutMs: PATIENCE_MS })).code).not.toBe(0)
  expect(await vm.ok('exec', 'holder', 'cat', '/src/data/file')).toBe('words\nmore')
  expect(await inside('cat data/file')).toBe('words\nmore')
  await vm.ok('rm', '-f', 'holder')
  expect(await vm.vm(['suspend'], { timeoutMs: PATIENCE_MS })).toMatchObject({ code: 0 })
  expect(await vm.start('--share', share)).toMatch(/✓ Load/)
  expect(await inside('cat data/file', '-u', '999')).toBe('words\nmore')
})
