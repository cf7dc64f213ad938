import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { onLines } from './lines.ts'

/** The lines of a stream that comes in these pieces. */
async function linesOf(...pieces: readonly (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough()
  const lines: string[] = []
  onLines(stream, (line) => lines.push(line))
  for (const piece of pieces) stream.write(piece)
  stream.end()
  await finished(stream)
  return lines
}

const umlaut = Buffer.from('ä')

test.each<[string, (string | Buffer)[], string[]]>([
  ['whole lines', ['one\ntwo\n'], ['one', 'two']],
  ['every kind of end', ['a\r\nb\rc\n\nd\r'], ['a', 'b', 'c', '', 'd']],
  ['an end that comes in two pieces', ['a\r', '\nb\r', 'c\n'], ['a', 'b', 'c']],
  ['a line in pieces, and one without an end', ['o', 'n', 'e\ntw', 'o'], ['one', 'two']],
  ['a letter in two pieces', [umlaut.subarray(0, 1), umlaut.subarray(1), '\n'], ['ä']],
  ['nothing', [], []],
])('%s', async (_, pieces, lines) => expect(await linesOf(...pieces)).toEqual(lines))

test('a line without end is told in pieces as it comes', () => {
  const stream = new PassThrough()
  const lengths: number[] = []
  onLines(stream, (line) => lengths.push(line.length))
  stream.emit('data', Buffer.alloc(40 * 1024, 'x'))
  expect(lengths).toEqual([16 * 1024, 16 * 1024])
  stream.emit('data', Buffer.from('\n'))
  expect(lengths).toEqual([16 * 1024, 16 * 1024, 8 * 1024])
})
