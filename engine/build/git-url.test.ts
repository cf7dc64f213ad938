import { expect, test } from 'vitest'
import { parseGitUrl } from './git-url.ts'

test.each([
  ['git://host/x', { url: 'git://host/x', revision: 'HEAD', folder: '' }],
  ['https://host/x.git', { url: 'https://host/x.git', revision: 'HEAD', folder: '' }],
  ['https://host/x.git#v1.2', { url: 'https://host/x.git', revision: 'v1.2', folder: '' }],
  ['https://host/x.git#:sub/folder', { url: 'https://host/x.git', revision: 'HEAD', folder: 'sub/folder' }],
  ['https://host/x.git#main:sub', { url: 'https://host/x.git', revision: 'main', folder: 'sub' }],
  ['git@host:me/x#main', { url: 'git@host:me/x', revision: 'main', folder: '' }],
  ['github.com/me/x', { url: 'https://github.com/me/x', revision: 'HEAD', folder: '' }],
  ['https://host/x.tar.gz', undefined],
  ['https://host/x.git/file', undefined],
])('%s', (text, expected) => {
  expect(parseGitUrl(text)).toEqual(expected)
})

test('a revision is no option', () => {
  expect(() => parseGitUrl('git://host/x#--upload-pack=evil')).toThrow('invalid refspec: --upload-pack=evil')
})
