import { expect, it } from 'vitest'
import { checkDirective, counted } from './directive.ts'

it.each<[string, string | undefined, object]>([
  ['FROM x\n# check=error=true\n', undefined, { skips: [], isError: false }],
  ['# escape=`\n# check=skip=A, B;error=true\nFROM x\n', undefined, { skips: ['A', 'B'], isError: true }],
  ['# check=skip=all;experimental=all\nFROM x\n', undefined, { skips: 'all', isError: false }],
  ['# check=skip=all\nFROM x\n', 'skip=A', { skips: ['A'], isError: false }],
])('%j', (text, given, expected) => expect(checkDirective(text, given)).toEqual(expected))

it('refuses what it does not know', () => {
  expect(() => checkDirective('# check=skip\n', undefined)).toThrow('invalid check option "skip"')
  expect(() => checkDirective('', 'more=1')).toThrow('invalid check option "more"')
})

it('leaves out what is to be skipped', () => {
  const found = (line: number) => ({ rule: 'StageNameCasing', detail: '', first: line, last: line }) as const
  const kept = (skips: 'all' | string[], text = '') => counted([found(2)], { skips, isError: false }, text).length
  expect([kept(['StageNameCasing']), kept('all'), kept(['FromAsCasing'])]).toEqual([0, 0, 1])
  expect([kept([], '# check=skip=StageNameCasing // why\nFROM x'), kept([], '# check=skip=all\nFROM x')]).toEqual([0, 0])
  expect([kept([], '# check=skip=Other\nFROM x'), kept([], '# check=skip\nFROM x'), kept([], 'ARG a\nFROM x')]).toEqual([1, 1, 1])
})
