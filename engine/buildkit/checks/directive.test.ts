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
  const findings = [{ rule: 'StageNameCasing', detail: '', first: 1, last: 1 }] as const
  expect(counted(findings, { skips: ['StageNameCasing'], isError: false })).toEqual([])
  expect(counted(findings, { skips: 'all', isError: false })).toEqual([])
  expect(counted(findings, { skips: ['FromAsCasing'], isError: false })).toEqual(findings)
})
