import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeVmFolder, type VmFolder, vmFolder } from '../vm-folder.ts'
import { diskPlace, readDiskRecord, writeDiskRecord } from './disk-record.ts'
import { eraseDisk, finishMove, keepMove, moveDisk, undoMove, undoUnfinishedMove } from './move-disk.ts'

let root: string
let folder: VmFolder
/** Several chunks, with a hole. */
const CONTENT = Buffer.concat([Buffer.alloc(1_500_000, 'a'), Buffer.alloc(1_500_000), Buffer.alloc(300_001, 'b')])

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'er-unit-')))
  folder = vmFolder('default', { home: join(root, 'home'), platform: 'linux' })
  await makeVmFolder(folder)
  await writeFile(folder.ownDisk, CONTENT)
})
afterEach(() => rm(root, { recursive: true }))

const place = (...names: string[]) => join(root, ...names)
const never = () => new AbortController().signal
const move = (dir: string, of = folder) => moveDisk(of, dir, never(), () => undefined)
const pathNow = async (of = folder) => (await diskPlace(of)).path

/** Every file below, but records that say where things are. */
async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))
}

/** One file is the disk, with all that was in it, and nothing else is left of it. */
async function expectAt(path: string): Promise<void> {
  expect(await pathNow()).toBe(path)
  expect((await readFile(path)).equals(CONTENT)).toBe(true)
  const record = path === folder.ownDisk ? [] : [folder.diskRecord]
  expect((await filesBelow(root)).toSorted()).toEqual([path, ...record].toSorted())
}

/** As the supervisor does when the engine answers. */
async function answered(): Promise<void> {
  await keepMove(folder)
  await finishMove(folder)
}

test('there and back: the old file goes when the engine has answered, and not before', async () => {
  const told = new Set<string>()
  await moveDisk(folder, place('made/for/it'), never(), (what) => void told.add(what))
  expect([...told]).toEqual(['Copying', 'Verifying'])
  expect((await stat(folder.ownDisk)).size).toBe(CONTENT.length)
  await answered()
  await expectAt(place('made/for/it/data.qcow2'))
  await move(dirname(folder.ownDisk))
  await answered()
  await expectAt(folder.ownDisk)
})

test('from one moved place to the next', async () => {
  for (const name of ['one', 'two']) {
    await move(place(name))
    await answered()
  }
  await expectAt(place('two/data.qcow2'))
})

test('an engine that does not answer there: back, with nothing left', async () => {
  const { id } = await move(place('made/for/it'))
  await writeFile(place('made/for/it/data.qcow2'), 'what a boot has written')
  await undoMove(folder, { id })
  await expectAt(folder.ownDisk)
  expect(await readdir(root)).toEqual(['home'])
})

test('nobody goes back once the engine was about to acknowledge something', async () => {
  const { id } = await move(place('new'))
  await keepMove(folder)
  await undoMove(folder, { id })
  await undoUnfinishedMove(folder)
  expect(await pathNow()).toBe(place('new/data.qcow2'))
})

test('a move that is called off leaves nothing', async () => {
  const stop = new AbortController()
  const moving = moveDisk(folder, place('new'), stop.signal, (what) => what === 'Verifying' && stop.abort(new Error('it was called off')))
  await expect(moving).rejects.toThrow('it was called off')
  await expectAt(folder.ownDisk)
})

describe('refused, with nothing changed', () => {
  const other = () => vmFolder('other', { home: join(root, 'home'), platform: 'linux' })

  test.each<[string, () => string, RegExp, () => Promise<unknown>]>([
    ['where it is', () => dirname(folder.ownDisk), /is in .*default already/, async () => undefined],
    ['by a link to where it is', () => place('link'), /is in .*link already/, () => symlink(dirname(folder.ownDisk), place('link'))],
    ['inside the folder that it is in', () => join(dirname(folder.ownDisk), 'deeper'), /is where Engineroom keeps its virtual machines/, async () => undefined],
    ['the folder of another VM', () => dirname(other().ownDisk), /is where Engineroom keeps its virtual machines/, () => makeVmFolder(other())],
    ['taken', () => place('taken'), /taken\/data\.qcow2 is there already/, () => put('taken/data.qcow2')],
    ['being moved to', () => place('taken'), /another data disk is being moved to this folder/, () => put('taken/data.qcow2.abc.partial')],
    ['no folder', () => place('file'), /file is not a folder/, () => put('file')],
    ['below a file', () => place('file/new'), /file is not a folder/, () => put('file')],
    ['without a disk', () => place('new'), /has no data disk at/, () => rm(folder.ownDisk)],
  ])('%s', async (_, dir, words, prepare) => {
    await prepare()
    const before = await filesBelow(root)
    await expect(move(dir())).rejects.toThrow(words)
    expect(await filesBelow(root)).toEqual(before)
  })

  async function put(name: string): Promise<void> {
    await mkdir(dirname(place(name)), { recursive: true })
    await writeFile(place(name), 'of somebody')
  }

  test('a place that somebody takes while it is being copied', async () => {
    const moving = moveDisk(folder, place('new'), never(), (what) => what === 'Verifying' && void put('new/data.qcow2'))
    await expect(moving).rejects.toThrow('new/data.qcow2 is there already')
    expect(await readFile(place('new/data.qcow2'), 'utf8')).toBe('of somebody')
    expect(await readdir(place('new'))).toEqual(['data.qcow2'])
    expect(await pathNow()).toBe(folder.ownDisk)
  })

  test('two VMs into one folder: the first has it', async () => {
    await makeVmFolder(other())
    await writeFile(other().ownDisk, 'another disk')
    await move(place('new'))
    await answered()
    await expect(move(place('new'), other())).rejects.toThrow('new/data.qcow2 is there already')
    expect(await readFile(await pathNow(other()), 'utf8')).toBe('another disk')
    expect((await readFile(place('new/data.qcow2'))).equals(CONTENT)).toBe(true)
  })
})

test('erased is the disk wherever it is, and the next one is made where a disk begins', async () => {
  await move(place('new'))
  await eraseDisk(folder)
  expect(await filesBelow(root)).toEqual([])
  expect(await diskPlace(folder)).toEqual({ path: folder.ownDisk, mustExist: false })
})

test('a copy that was cut off before its name was on record is told from a file of somebody', async () => {
  const { stage: _, ...rest } = await move(place('new'))
  await writeDiskRecord(folder, { ...rest, stage: 'copied' })
  await writeFile(place('new/data.qcow2'), 'of somebody')
  await undoUnfinishedMove(folder)
  expect(await readFile(place('new/data.qcow2'), 'utf8')).toBe('of somebody')
  expect(await readDiskRecord(folder)).toBeUndefined()
})

test('a record that nobody can read is no reason to make a new disk', async () => {
  await writeFile(folder.diskRecord, '{"stage":"later"}')
  await expect(diskPlace(folder)).rejects.toThrow('should say where the data disk is')
})

describe('killed at a step', () => {
  const PROGRAM = fileURLToPath(new URL('../../../testing/move-disk-until.ts', import.meta.url))
  const killed = async (step: number) => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, folderHome(), place('made/new'), String(step)]).catch((error) => {
      if (error.signal !== 'SIGKILL') throw error
      return { stdout: '' }
    })
    return stdout
  }
  const folderHome = () => join(root, 'home')

  /** Evenly spread, and always the same. */
  const SHARES = [0.03, 0.2, 0.4, 0.6, 0.7, 0.78, 0.84, 0.9, 0.95, 1]

  test('it is undone or goes on, and one file is the disk', async () => {
    const { all, path } = JSON.parse(await killed(0))
    expect(path).toBe(place('made/new/data.qcow2'))
    await expectAt(path)
    const seen = new Set<string>()
    for (const step of new Set(SHARES.map((share) => Math.ceil(share * all)))) {
      await eraseDisk(folder)
      await writeFile(folder.ownDisk, CONTENT)
      await rm(place('made'), { recursive: true, force: true })
      expect(await killed(step), `step ${step} of ${all}`).toBe('')
      await undoUnfinishedMove(folder)
      const now = await pathNow()
      expect((await readFile(now)).equals(CONTENT), `step ${step} of ${all}`).toBe(true)
      seen.add(now)
      await answered()
      await expectAt(now)
    }
    expect([...seen].toSorted()).toEqual([folder.ownDisk, path].toSorted())
  })
})
