import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DirectoryHandle } from './directory-handle.ts'
import { EscapesBase, openBeneath } from './open-beneath.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'beneath-'))
  await mkdir(join(root, 'base/folder/inner'), { recursive: true })
  await writeFile(join(root, 'base/folder/file'), 'inside')
  await writeFile(join(root, 'outside'), 'outside')
  const links = { up: '..', out: '../outside', absolute: '/', good: 'folder', round: 'folder/inner/../../good', loop: 'loop', via: 'absolute/etc' }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(root, 'base', name))
})
afterAll(() => rm(root, { recursive: true }))

describe('openBeneath', () => {
  it.each(['folder', 'good', 'round', './folder//', 'folder/inner/..'])('%s is the folder', async (path) => {
    await using opened = await openBeneath(join(root, 'base'), path)
    expect(opened.isFolder).toBe(true)
    expect((await readdir(opened.path)).sort()).toEqual(['file', 'inner'])
  })

  it('a file', async () => {
    await using opened = await openBeneath(join(root, 'base'), 'good/file')
    expect([opened.isFolder, await readFile(opened.path, 'utf8'), await readFile(opened.entry, 'utf8')]).toEqual([false, 'inside', 'inside'])
  })

  it.each(['up', 'out', 'absolute', 'via', 'folder/../..', '..'])('%s leads out', (path) =>
    expect(openBeneath(join(root, 'base'), path)).rejects.toThrow(EscapesBase),
  )

  it.each([
    ['missing', 'ENOENT'],
    ['folder/file/below', 'ENOTDIR'],
    ['loop', 'ELOOP'],
  ])('%s: %s', (path, code) => expect(openBeneath(join(root, 'base'), path)).rejects.toMatchObject({ code }))

  it('a folder that comes between the look and the opening is one', async () => {
    vi.spyOn(DirectoryHandle.prototype, 'statOf').mockResolvedValueOnce(undefined)
    await using opened = await openBeneath(join(root, 'base'), 'folder')
    expect([opened.isFolder, (await readdir(opened.path)).sort()]).toEqual([true, ['file', 'inner']])
  })

  it('what was opened stays, whatever is put in its place', async () => {
    await mkdir(join(root, 'base/swapped'))
    await writeFile(join(root, 'base/swapped/mine'), '')
    await using opened = await openBeneath(join(root, 'base'), 'swapped')
    await rename(join(root, 'base/swapped'), join(root, 'base/elsewhere'))
    await symlink('/etc', join(root, 'base/swapped'))
    expect(await readdir(opened.path)).toEqual(['mine'])
  })
})
