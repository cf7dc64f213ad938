import { describe, expect, it } from 'vitest'
import { CliCommand } from '../command/command.ts'
import { positionAfter } from './position.ts'

const { options } = new CliCommand({ path: 'run', usage: '', summary: '' })
  .flag('-i, --interactive', '')
  .flag('-t, --tty', '')
  .flag('-p, --publish <list>', '')
  .flag('--name <string>', '')

/** @returns the flag whose value comes, or the arguments so far, with what is no flag any more after `|` */
function at(words: readonly string[], stopsAtFirstArgument = false): string {
  const { pending, operands, mayBeFlag } = positionAfter({ options, stopsAtFirstArgument }, words)
  return pending ? `value of ${pending.long}` : `${mayBeFlag ? '' : '|'}${operands.join(' ')}`
}

describe('the word after', () => {
  it.each([
    [[], ''],
    [['a', '-it', 'b'], 'a b'],
    [['--name'], 'value of --name'],
    [['--name', 'web'], ''],
    [['--name=web', 'a'], 'a'],
    [['--tty', 'a'], 'a'],
    [['-p'], 'value of --publish'],
    [['-itp'], 'value of --publish'],
    [['-p80:80'], ''],
    [['-p=80:80'], ''],
    [['-pi'], ''],
    [['--no-such', 'a'], 'a'],
    [['-', 'a'], '- a'],
    [['--name', '--', 'a'], 'a'],
    [['a', '--', '--name'], '|a --name'],
  ])('%j is read as the command reads its line', (words, expected) => {
    expect(at(words)).toBe(expected)
  })

  it('an image is never a flag of ours', () => {
    expect(at(['-p', '80', 'busybox', '--name'], true)).toBe('|busybox --name')
    expect(at(['-p', '80'], true)).toBe('')
  })
})
