import { link, lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArrivingTree } from './arriving-tree.ts'
import { GO_MODE } from './go-mode.ts'
import { type Index, readIndex } from './kept-index.ts'
import { StatSchema } from './protocol/wire_pb.ts'
import { TreeReader } from './tree-entry.ts'

/** What a client has: `text`, `-> target`, `folder`, `= other name`, `socket`; with a mode after `|`. */
type Tree = Readonly<Record<string, string>>

let folders: string
beforeAll(async () => {
  folders = await mkdtemp('/tmp/er-arriving-')
})
afterAll(() => rm(folders, { recursive: true, force: true }))

function entriesOf(tree: Tree) {
  const reader = new TreeReader()
  return Object.entries(tree).map(([path, what]) => {
    const [text = '', mode = '644'] = what.split('|')
    const kind = text === 'folder' ? GO_MODE.folder : text === 'socket' ? GO_MODE.socket : text.startsWith('-> ') ? GO_MODE.symbolicLink : 0
    const linkname = /^(->|=) (.*)$/.exec(text)?.[2] ?? ''
    // The time tells one text from another.
    const modTime = BigInt([...text].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)) * 1_000_000_000n
    return reader.read(
      create(StatSchema, { path, mode: kind + Number.parseInt(mode, 8), size: kind || linkname ? 0n : BigInt(text.length), modTime, linkname }),
    )
  })
}

/** @param stopsAt a file whose bytes do not come @returns the index, and which files were asked for */
async function bring(folder: string, tree: Tree, mayChange: boolean, stopsAt?: string): Promise<{ index: Index; asked: string[] }> {
  await using arriving = new ArrivingTree(folder, await readIndex(folder), mayChange)
  const missing = await arriving.prepare(entriesOf(tree))
  for (const entry of missing) {
    if (entry.path === stopsAt) throw new Error('the client has gone')
    await arriving.bytes(entry, Buffer.from(tree[entry.path]?.split('|')[0] ?? ''))
    await arriving.ended(entry)
  }
  return { index: await arriving.finish(), asked: missing.map(({ path }) => path) }
}

async function treeIn(root: string): Promise<Tree> {
  const found: Record<string, string> = {}
  for (const path of (await readdir(root, { recursive: true })).sort()) {
    const stat = await lstat(join(root, path))
    const mode = (stat.mode & 0o7777).toString(8)
    if (stat.isDirectory()) found[path] = `folder|${mode}`
    else found[path] = stat.isSymbolicLink() ? `-> ${await readlink(join(root, path))}` : `${await readFile(join(root, path), 'utf8')}|${mode}`
  }
  return found
}

const BEFORE: Tree = {
  '42': 'folder|755',
  '42/deep': 'folder|755',
  '42/deep/file': 'deep|644',
  a: 'folder|755',
  'a/1': 'one|644',
  'a/2': 'two|600',
  'a/link': '-> 1',
  b: 'file|644',
  c: 'folder|755',
  'c/in': 'in|644',
  s: 'socket',
}

const CHANGES: Readonly<Record<string, { after: Tree; asked: readonly string[] }>> = {
  'other bytes': { after: { ...BEFORE, 'a/1': 'uno|644' }, asked: ['a/1'] },
  'another mode': { after: { ...BEFORE, 'a/1': 'one|600', c: 'folder|700' }, asked: ['a/1'] },
  'another link': { after: { ...BEFORE, 'a/link': '-> 2' }, asked: [] },
  'more and less': { after: { a: 'folder|755', 'a/1': 'one|644', 'a/3': 'three|644', z: 'folder|755', 'z/in': 'in|644' }, asked: ['a/3', 'z/in'] },
  'a folder for a file': { after: { ...BEFORE, b: 'folder|755', 'b/x': 'x|644' }, asked: ['b/x'] },
  'a file for a folder': { after: { a: 'a|644', b: 'file|644' }, asked: ['a'] },
  'a hard link': { after: { ...BEFORE, 'a/also': '= a/1' }, asked: [] },
  'no socket': { after: Object.fromEntries(Object.entries(BEFORE).filter(([path]) => path !== 's')), asked: [] },
  nothing: { after: {}, asked: [] },
}

/** As {@link treeIn} shows it: nothing is made of a socket. */
function shown(tree: Tree): Tree {
  const entries = Object.entries(tree).filter(([, what]) => what !== 'socket')
  return Object.fromEntries(entries.map(([path, what]) => [path, what.startsWith('= ') ? (tree[what.slice(2)] ?? '') : what]))
}

describe.each([
  ['nobody reads', true],
  ['somebody reads', false],
])('a tree that %s', (_, mayChange) => {
  it.each(Object.entries(CHANGES))('%s', async (_, { after, asked }) => {
    const folder = await mkdtemp(join(folders, 'kept-'))
    const first = await bring(folder, BEFORE, true)
    expect(first.asked).toEqual(['42/deep/file', 'a/1', 'a/2', 'b', 'c/in'])
    const second = await bring(folder, after, mayChange)
    expect(second.asked).toEqual(asked)
    expect(await treeIn(join(folder, second.index.tree))).toEqual(shown(after))
    if (!mayChange) expect(await treeIn(join(folder, first.index.tree))).toEqual(shown(BEFORE))
    const isSame = second.index.tree === first.index.tree
    expect(isSame).toBe(mayChange && !Object.values(after).some((what) => what.startsWith('= ')))
    const third = await bring(folder, after, true)
    expect([third.asked, third.index]).toEqual([[], second.index])
  })

  it('has what is the same once more after it was cut off', async () => {
    const folder = await mkdtemp(join(folders, 'kept-'))
    await bring(folder, BEFORE, true)
    const after = { ...BEFORE, 'a/1': 'uno|644', b: 'changed|644' }
    await expect(bring(folder, after, mayChange, 'b')).rejects.toThrow('the client has gone')
    const second = await bring(folder, after, true)
    expect(second.asked).toEqual(['a/1', 'b'])
    expect(await treeIn(join(folder, second.index.tree))).toEqual(shown(after))
  })

  it('does not write to a file that has another name, too', async () => {
    const folder = await mkdtemp(join(folders, 'kept-'))
    const first = await bring(folder, { a: 'one|644' }, true)
    await link(join(folder, first.index.tree, 'a'), join(folder, 'elsewhere'))
    await bring(folder, { a: 'two|600' }, mayChange)
    expect(await readFile(join(folder, 'elsewhere'), 'utf8')).toBe('one')
    expect((await lstat(join(folder, 'elsewhere'))).mode & 0o777).toBe(0o644)
  })
})
