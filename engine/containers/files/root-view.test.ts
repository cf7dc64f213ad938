import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RootView } from './root-view.ts'

let base: string
let view: RootView
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'view-'))
  await mkdir(join(base, 'root/etc/sub'), { recursive: true })
  await mkdir(join(base, 'etc'))
  await writeFile(join(base, 'etc/outside'), 'outside')
  await writeFile(join(base, 'root/etc/inside'), 'inside')
  for (const [name, target] of Object.entries({
    absolute: '/etc',
    relative: 'etc/sub/..',
    climbing: '../../../../etc',
    far: `${base}/etc`,
    dangling: '/no/where',
    loop: '/loop',
    file: 'etc/inside',
  })) {
    await symlink(target, join(base, 'root', name))
  }
  view = await RootView.open(join(base, 'root'))
})
afterEach(async () => {
  await view[Symbol.asyncDispose]()
  await rm(base, { recursive: true })
})

async function namesIn(path: string): Promise<string[]> {
  await using folder = await view.folder(path)
  return (await folder.handle.names()).sort()
}

describe('links', () => {
  it.each(['/etc', '/absolute', '/relative', '/climbing', '/climbing/../etc', '/../../etc/sub/..'])('%s is the folder of the root', async (path) => {
    expect(await namesIn(path)).toEqual(['inside', 'sub'])
  })

  it('that name a path of the host mean the same path in the root', async () => {
    await expect(namesIn('/far')).rejects.toMatchObject({ code: 'ENOENT' })
    await mkdir(join(base, 'root', base, 'etc'), { recursive: true })
    expect(await namesIn('/far')).toEqual([])
  })

  it('that lead nowhere, round in circles, or to a file are no folders', async () => {
    await expect(namesIn('/dangling')).rejects.toMatchObject({ code: 'ENOENT', message: 'stat /dangling: no such file or directory' })
    await expect(namesIn('/loop')).rejects.toMatchObject({ code: 'ELOOP', message: 'stat /loop: too many levels of symbolic links' })
    await expect(namesIn('/file')).rejects.toMatchObject({ code: 'ENOTDIR' })
    await expect(namesIn('/etc/inside/x')).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it.each([
    ['/file', '/etc/inside'],
    ['/climbing/sub/x/y', '/etc/sub/x/y'],
    ['/dangling', '/no/where'],
    ['/', '/'],
  ])('%s resolves to %s', async (path, resolved) => {
    expect(await view.resolve(path)).toBe(resolved)
  })

  it('are found as links, unless the path asks for the folder', async () => {
    await using link = await view.locate('/absolute')
    expect(link.stat.isSymbolicLink()).toBe(true)
    await using folder = await view.locate('/absolute/')
    expect(folder.path).toBe('/etc')
    await using inside = await view.locate('/climbing/inside')
    expect(await readFile(inside.place?.folder.entry(inside.place.name) ?? '', 'utf8')).toBe('inside')
    await expect(view.locate('/climbing/outside')).rejects.toMatchObject({ code: 'ENOENT', message: 'lstat /climbing/outside: no such file or directory' })
  })
})

describe('folders that are missing', () => {
  it('are made when asked for, also behind a link, but not for a link that misses them', async () => {
    await using made = await view.folder('/absolute/new/deep', true)
    expect(made.path).toBe('/etc/new/deep')
    await expect(view.folder('/dangling/x', true)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('are not made in a root that is read-only', async () => {
    view.isRootReadOnly = true
    await expect(view.folder('/etc/new', true)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('mounts', () => {
  beforeEach(async () => {
    await view.mount('/absolute/data', { source: join(base, 'etc'), isReadOnly: true, isFolder: true }, true)
    await view.mount('/etc/one', { source: join(base, 'etc/outside'), isReadOnly: false, isFolder: false }, true)
  })

  it('take the place of what is there, which is made', async () => {
    expect(await namesIn('/etc')).toEqual(['data', 'inside', 'one', 'sub'])
    expect(await namesIn('/climbing/data')).toEqual(['outside'])
    expect(await namesIn('/etc/data/..')).toContain('inside')
    expect(view.mountsBelow('/').map(([path]) => path)).toEqual(['/etc/one', '/etc/data'])
  })

  it('are read-only or not by themselves', async () => {
    await using mounted = await view.folder('/etc/data')
    await using around = await view.folder('/etc')
    expect([mounted.isReadOnly, around.isReadOnly]).toEqual([true, false])
  })

  it('can be single files, which are no folders', async () => {
    await using found = await view.locate('/etc/one')
    expect(await readFile(found.place?.folder.entry(found.place.name) ?? '', 'utf8')).toBe('outside')
    await expect(namesIn('/etc/one')).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})

it('an entry is a name, never a way', async () => {
  await using folder = await view.folder('/etc')
  for (const name of ['', '.', '..', 'a/b']) expect(() => folder.handle.entry(name)).toThrow('not the name of an entry')
})
