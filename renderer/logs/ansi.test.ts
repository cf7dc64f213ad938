import { expect, test } from 'vitest'
import { parseAnsi } from './ansi.ts'

const shown = (line: string) =>
  parseAnsi(line)
    .map(({ text }) => text)
    .join('')

test('colours and weights become styles that end where the program ends them', () => {
  expect(parseAnsi('a\x1b[1;31mred\x1b[39m bold\x1b[0m plain')).toEqual([
    { text: 'a', style: '' },
    { text: 'red', style: 'bold ansi-red' },
    { text: ' bold', style: 'bold' },
    { text: ' plain', style: '' },
  ])
  expect(parseAnsi('\x1b[92mok\x1b[m.')).toEqual([
    { text: 'ok', style: 'ansi-green' },
    { text: '.', style: '' },
  ])
})

test('the numbers of 256 and true colours are not read as styles', () => {
  expect(parseAnsi('\x1b[38;5;1mx\x1b[38;2;1;4;31my\x1b[48;5;4;1mz')).toEqual([
    { text: 'x', style: '' },
    { text: 'y', style: '' },
    { text: 'z', style: 'bold' },
  ])
})

test.each([
  ['cursor movement and erasing', '\x1b[2J\x1b[1;1Hhi\x1b[K', 'hi'],
  ['a window title, ended by BEL or ST', '\x1b]0;title\x07a\x1b]0;title\x1b\\b', 'ab'],
  ['a hyperlink', '\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['charsets and keypad modes', '\x1b(B\x1b=x\x1b>', 'x'],
  ['bells, backspaces, deletes', 'a\x07b\bc\x7f', 'abc'],
  ['a lone escape at the end', 'x\x1b', 'x'],
  ['tabs stay', 'a\tb', 'a\tb'],
  ['a progress bar shows its last state', '10%\r50%\r100%', '100%'],
  ['the line end of a terminal', 'line\r', 'line'],
  ['markup is text', '<b>&amp;</b>', '<b>&amp;</b>'],
])('%s', (_name, line, expected) => {
  expect(shown(line)).toBe(expected)
})
