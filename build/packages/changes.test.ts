import { expect, it } from 'vitest'
import { changesOf } from './changes.ts'

const CHANGELOG = '# Changelog\n\n## Unreleased\n\n- new\n\n## 1.10.0\n\n- later\n\n## 1.1.0, 28 November 2026\n\n- first\n- second\n'

it('tells what changed with a version, and no other one', () => {
  expect(changesOf('1.1.0', CHANGELOG)).toBe('- first\n- second\n')
  expect(changesOf('1.10.0', CHANGELOG)).toBe('- later\n')
  expect(changesOf('Unreleased', CHANGELOG)).toBe('- new\n')
})

it.each(['1.1', '2.0.0'])('%s, of which nothing is said, is refused', (version) => {
  expect(() => changesOf(version, CHANGELOG)).toThrow(`it needs a section "## ${version}"`)
})
