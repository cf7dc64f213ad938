import { expect, test } from 'vitest'
import { readTextFile, writeTextFile } from './text-file.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test.each(['', 'a\n', 'no end', '\ufeffwith a mark\n', 'a\r\nb\r\n', 'Grüße\n'])('%j is given back as it was', async (text) => {
  const read = readTextFile(bytes(text))
  expect(read?.text).not.toContain('\r')
  expect(await (read && writeTextFile(read).bytes())).toEqual(bytes(text))
})

test.each([
  ['a byte of no text', Uint8Array.of(65, 0, 66)],
  ['what is not UTF-8', Uint8Array.of(0xff, 0xfe, 65)],
  ['two kinds of line ends', bytes('a\r\nb\n')],
  ['a lone carriage return', bytes('a\rb')],
])('%s is no text to edit', (_, content) => {
  expect(readTextFile(content)).toBeUndefined()
})
