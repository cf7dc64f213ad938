import { expect, it } from 'vitest'
import { EngineError } from '../../errors.ts'
import { cleanContainerPath, describeFailure } from './container-files.ts'
import { PathError } from './path-error.ts'
import { baseName } from './path-stat.ts'

it.each([
  ['/etc', '/etc', 'etc'],
  ['etc', '/etc', 'etc'],
  ['/etc/', '/etc/', 'etc'],
  ['/etc/.', '/etc/.', '.'],
  ['//a/./b/../c', '/a/c', 'c'],
  ['../../x', '/x', 'x'],
  ['/', '/', '/'],
  ['/.', '/.', '.'],
  ['.', '/.', '.'],
  ['größe', Buffer.from('/größe').toString('latin1'), Buffer.from('größe').toString('latin1')],
])('%s is cleaned to %s, whose name is %s', (path, cleaned, name) => {
  expect(cleanContainerPath(path)).toBe(cleaned)
  expect(baseName(cleanContainerPath(path))).toBe(name)
})

it('a missing file is docker’s "not found", anything else names the path in the container', () => {
  expect(describeFailure(new PathError('ENOENT', 'lstat', '/x'), '/x', 'container web')).toEqual(
    new EngineError('not-found', 'Could not find the file /x in container web'),
  )
  const node = Object.assign(new Error("ENOSPC: no space left on device, write '/proc/1/fd/3/x'"), { code: 'ENOSPC', syscall: 'write' })
  expect(describeFailure(node, '/x', 'web')).toMatchObject({ message: 'write /x: no space left on device' })
})
