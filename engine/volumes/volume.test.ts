import { describe, expect, it } from 'vitest'
import { checkVolumeName } from './volume.ts'

describe('the name of a volume', () => {
  it.each(['db', 'a.b-c_d', '0x', 'x'.repeat(200)])('%s is allowed', (name) => expect(() => checkVolumeName(name)).not.toThrow())

  it('is not one letter', () => {
    expect(() => checkVolumeName('x')).toThrow('volume name is too short, names should be at least two alphanumeric characters')
  })

  it.each(['', '-x', 'a b', 'a/b', '../x', 'é1', 'ab\n'])('%j is refused', (name) => {
    expect(() => checkVolumeName(name)).toThrow(
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    )
  })
})
