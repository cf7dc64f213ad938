import { expect, test } from 'vitest'
import type { FileRow } from '../api/files.ts'
import { joinPath, lastName, modeText, ownerText, parentPath, pathFrom, sortFiles, trailOf } from './file-words.ts'

test.each([
  ['file', 0o644, '-rw-r--r--'],
  ['folder', 0o1777, 'drwxrwxrwt'],
  ['file', 0o4755, '-rwsr-xr-x'],
  ['file', 0o6644, '-rwSr-Sr--'],
  ['link', 0o777, 'lrwxrwxrwx'],
  ['folder', 0o1000, 'd--------T'],
] as const)('%s %o is %s', (kind, mode, text) => {
  expect(modeText({ kind, mode })).toBe(text)
})

test('folders come first, and file 10 after file 9', () => {
  const row = (name: string, kind: 'file' | 'folder'): FileRow => ({
    name,
    kind,
    mode: 0,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    sizeBytes: 0,
    modifiedAtMs: 0,
    linkTarget: '',
    isMount: false,
    isReadOnly: false,
  })
  const sorted = sortFiles([row('f10', 'file'), row('z', 'folder'), row('f9', 'file'), row('a', 'folder')])
  expect(sorted.map(({ name }) => name)).toEqual(['a', 'z', 'f9', 'f10'])
})

test('paths', () => {
  expect([joinPath('/', 'etc'), joinPath('/etc', 'hosts')]).toEqual(['/etc', '/etc/hosts'])
  expect([parentPath('/etc/hosts'), parentPath('/etc'), parentPath('/')]).toEqual(['/etc', '/', '/'])
  expect([lastName('/etc/hosts'), lastName('/')]).toEqual(['hosts', ''])
  expect(trailOf('/etc/ssl')).toEqual([
    { name: '/', path: '/' },
    { name: 'etc', path: '/etc' },
    { name: 'ssl', path: '/etc/ssl' },
  ])
})

test('owners go by their names, and by numbers where there are none', () => {
  expect(ownerText({ user: 'app', group: 'staff', uid: 7, gid: 50 })).toBe('app:staff')
  expect(ownerText({ user: '', group: 'staff', uid: 7, gid: 50 })).toBe('7:staff')
  expect(ownerText({ user: '', group: '', uid: 0, gid: 0 })).toBe('0:0')
})

test('what is typed is a name here, a path from here, or one from the top', () => {
  expect(pathFrom('/', 'a')).toBe('/a')
  expect(pathFrom('/srv', 'sub/a')).toBe('/srv/sub/a')
  expect(pathFrom('/srv', '../a')).toBe('/srv/../a')
  expect(pathFrom('/srv', '/tmp/a')).toBe('/tmp/a')
})
