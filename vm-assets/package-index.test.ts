import { expect, it } from 'vitest'
import { parsePackageIndex } from './package-index.ts'

const INDEX = `Package: crun
Version: 1.8.1-1+deb12u1
Installed-Size: 500
Depends: libc6 (>= 2.34), libcap2 (>= 1:2.10) | libcap3, libsystemd0
Filename: pool/main/c/crun/crun_1.8.1-1+deb12u1_amd64.deb
Size: 200376
SHA256: aa
Description: a runtime
 with a second line

Package: crun-doc
Version: 1
Filename: pool/main/c/crun/crun-doc.deb
Size: 1
SHA256: bb
`

it('reads what was asked for, and no package whose name only begins so', () => {
  expect(parsePackageIndex(INDEX, (name) => name === 'crun')).toEqual([
    {
      name: 'crun',
      version: '1.8.1-1+deb12u1',
      filename: 'pool/main/c/crun/crun_1.8.1-1+deb12u1_amd64.deb',
      sha256: 'aa',
      sizeBytes: 200376,
      depends: ['libc6', 'libcap2', 'libsystemd0'],
    },
  ])
})

it('has no dependencies where there are none', () => {
  expect(parsePackageIndex(INDEX, (name) => name === 'crun-doc')[0]?.depends).toEqual([])
})

it('says which field is missing of which package', () => {
  expect(() => parsePackageIndex('Package: tini\nVersion: 1\n', () => true)).toThrow('the index says nothing of Filename of tini')
})
