import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readLog } from './log-reader.ts'
import { PlainLog } from './log-source.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-log-'))
  path = join(folder, 'log')
})
afterEach(() => rm(folder, { recursive: true }))

const never = new Promise<void>(() => {})

async function read(tail: number | undefined, source = new PlainLog(path)): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of readLog(source, { tail, follow: false, untilEnded: never, signal: new AbortController().signal })) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('without following', () => {
  it('a file that is not there is empty', async () => expect(await read(undefined)).toBe(''))

  it.each([
    ['all', undefined, 'a\nb\nc\n'],
    ['none', 0, ''],
    ['the last', 1, 'c\n'],
    ['the last two', 2, 'b\nc\n'],
    ['exactly as many as there are', 3, 'a\nb\nc\n'],
    ['more than there are', 9, 'a\nb\nc\n'],
  ])('%s', async (_, tail, expected) => {
    await writeFile(path, 'a\nb\nc\n')
    expect(await read(tail)).toBe(expected)
  })

  it('what is written meanwhile is not among the last lines', async () => {
    await writeFile(path, 'a\nb\n')
    const source = new PlainLog(path)
    const open = source.open.bind(source)
    source.open = async () => {
      const segments = await open()
      for (const { file } of segments) {
        const stat = file.stat.bind(file)
        vi.spyOn(file, 'stat').mockImplementation(async () => {
          const facts = await stat()
          await appendFile(path, 'c\n')
          return facts
        })
      }
      return segments
    }
    expect(await read(1, source)).toBe('b\n')
  })

  it('finds the last lines of a file larger than a chunk', async () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `${i} ${'x'.repeat(60)}\n`)
    await writeFile(path, lines.join(''))
    expect(await read(7000)).toBe(lines.slice(-7000).join(''))
    expect(await read(2)).toBe(lines.slice(-2).join(''))
  })
})

describe('records that are parts of one line', () => {
  const record = (stream: string, flag: string, text: string) => `2026-11-24T14:04:21.096183696+00:00 ${stream} ${flag} ${text}\n`
  const first = record('stdout', 'F', 'first')
  const long = record('stdout', 'P', 'x'.repeat(100)) + record('stdout', 'P', 'y'.repeat(100)) + record('stdout', 'F', '')
  const open = record('stdout', 'P', 'no newline')

  it.each([
    ['count as one', first + long, 1, long],
    ['and the line before as another', first + long, 2, first + long],
    ['count when the newline never came', first + long + open, 1, open],
    ['and do not join the line before', first + long + open, 2, long + open],
    ['none', first + open, 0, ''],
  ])('%s', async (_, content, tail, expected) => {
    await writeFile(path, content)
    expect(await read(tail)).toBe(expected)
  })
})

describe('following', () => {
  it('gives what comes later, and ends once the writer has ended and all was read', async () => {
    await writeFile(path, 'old\nlast\n')
    const { promise: untilEnded, resolve } = Promise.withResolvers<void>()
    const seen: string[] = []
    for await (const chunk of readLog(new PlainLog(path), { tail: 1, follow: true, untilEnded, signal: new AbortController().signal })) {
      seen.push(chunk.toString())
      if (seen.join('') === 'last\n') await appendFile(path, 'new\n')
      if (seen.join('').endsWith('new\n')) {
        await appendFile(path, 'farewell\n')
        resolve()
      }
      if (seen.join('').endsWith('farewell\n')) continue
    }
    expect(seen.join('')).toBe('last\nnew\nfarewell\n')
  })

  it('ends when the reader leaves', async () => {
    await writeFile(path, 'one\n')
    const controller = new AbortController()
    let count = 0
    for await (const _ of readLog(new PlainLog(path), { tail: undefined, follow: true, untilEnded: never, signal: controller.signal })) {
      count += 1
      setImmediate(() => controller.abort())
    }
    expect(count).toBe(1)
  })
})
