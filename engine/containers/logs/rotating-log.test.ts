import { appendFile, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../../tests/harness/until.ts'
import { readLog } from './log-reader.ts'
import { RotatingLog } from './rotating-log.ts'
import { Segments } from './segments.ts'

let folder: string
let path: string
let segments: Segments
const troubles: unknown[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-rotation-'))
  path = join(folder, 'container.log')
  segments = new Segments(path)
  troubles.length = 0
})
afterEach(() => rm(folder, { recursive: true }))

/** Does to the files what conmon does when it is told to reopen its log. */
async function reopen(): Promise<boolean> {
  await (await open(`${path}.tmp`, 'w')).close()
  await rename(`${path}.tmp`, path)
  return true
}
const conmon = { reopen, isThere: async () => true }
const gone = { reopen: async () => false, isThere: async () => false }

async function rotating(policy: { maxFiles: number; compresses?: boolean }): Promise<RotatingLog> {
  const log = new RotatingLog(segments, { maxSizeBytes: 10, compresses: false, ...policy }, (error) => troubles.push(error))
  await log.prepare()
  return log
}

const record = (text: string, flag = 'F') => `2026-11-24T10:00:00.000000000+00:00 stdout ${flag} ${text}\n`
const write = (text: string) => appendFile(path, record(text))

async function read(log: RotatingLog, tail?: number): Promise<string[]> {
  const pieces: Buffer[] = []
  const options = { tail, follow: false, untilEnded: new Promise<void>(() => {}), signal: new AbortController().signal }
  for await (const piece of readLog(log, options)) pieces.push(piece)
  return textsOf(Buffer.concat(pieces))
}

function textsOf(bytes: Buffer): string[] {
  return bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ').slice(3).join(' '))
}

const names = async () => (await readdir(folder)).sort()

describe('rotation', () => {
  it('begins a segment when the current one is full, and keeps as many as it may', async () => {
    const log = await rotating({ maxFiles: 3 })
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      await write(text)
      await log.check(conmon)
    }
    expect(await names()).toEqual(['container.log', 'container.log.5', 'container.log.6'].toSpliced(1, 0, 'container.log.4'))
    expect(await read(log)).toEqual(['four', 'five'])
  })

  it('asks conmon only once the next segment has its name', async () => {
    const log = await rotating({ maxFiles: 3 })
    await write('one')
    await log.check({ reopen: async () => (await names()).includes('container.log.2') && reopen(), isThere: async () => false })
    expect(await names()).toEqual(['container.log', 'container.log.1', 'container.log.2'])
  })

  it('does nothing while there is room', async () => {
    const log = await rotating({ maxFiles: 3 })
    await log.check({ reopen: () => Promise.reject(new Error('asked')), isThere: async () => true })
    expect(await names()).toEqual(['container.log', 'container.log.1'])
  })

  it('with one file begins anew', async () => {
    const log = await rotating({ maxFiles: 1 })
    await write('old')
    await log.check(conmon)
    await write('new')
    expect([await read(log), await names()]).toEqual([['new'], ['container.log', 'container.log.2']])
  })

  it('waits for conmon, who may take its time', async () => {
    const log = await rotating({ maxFiles: 2 })
    await write('one')
    let looks = 0
    await log.check({ reopen: async () => true, isThere: async () => ++looks < 3 || reopen() })
    await write('two')
    expect(await read(log)).toEqual(['one', 'two'])
    expect(looks).toBe(3)
  })

  it('takes in a log that was not rotated before', async () => {
    await writeFile(path, record('old'))
    const log = await rotating({ maxFiles: 2 })
    await log.check(conmon)
    await write('new')
    expect(await read(log)).toEqual(['old', 'new'])
  })
})

describe('a daemon that was killed', () => {
  it('before conmon was asked: it is asked again', async () => {
    await (await rotating({ maxFiles: 3 })).check(gone)
    await write('one')
    await segments.prepareNext(1)
    const log = await rotatingAgain()
    expect(await read(log)).toEqual(['one'])
    await log.check(conmon)
    await write('two')
    expect(await read(log)).toEqual(['one', 'two'])
  })

  it('after it was asked, so that it obeys twice: what it wrote between is kept', async () => {
    await rotating({ maxFiles: 5 })
    await write('one')
    await segments.prepareNext(1)
    await reopen()
    await write('between')
    await reopen()
    await write('two')
    const log = await rotatingAgain()
    expect(await read(log)).toEqual(['one', 'between', 'two'])
    await log.check(conmon)
    await write('three')
    expect(await read(log)).toEqual(['one', 'between', 'two', 'three'])
  })

  it('and the container ended: nothing is left of the attempt', async () => {
    await rotating({ maxFiles: 3 })
    await write('one')
    await segments.prepareNext(1)
    const log = await rotatingAgain()
    await log.settle()
    expect([await names(), await read(log)]).toEqual([['container.log', 'container.log.1'], ['one']])
  })

  /** What a new daemon knows: nothing. */
  async function rotatingAgain(): Promise<RotatingLog> {
    return new RotatingLog(segments, { maxSizeBytes: 10, maxFiles: 5, compresses: false }, (error) => troubles.push(error))
  }
})

describe('compression', () => {
  it('takes the place of complete segments, and reads like them', async () => {
    const log = await rotating({ maxFiles: 4, compresses: true })
    for (const text of ['one', 'two', 'three']) {
      await write(text)
      await log.check(conmon)
    }
    await write('four')
    await until('all to be compressed', async () => (await names()).filter((name) => name.endsWith('.gz')).length === 3)
    await log.close()
    expect(await names()).toEqual(['container.log', 'container.log.1.gz', 'container.log.2.gz', 'container.log.3.gz', 'container.log.4'])
    expect(troubles).toEqual([])
    expect(gunzipSync(await read1('container.log.1.gz')).toString()).toBe(record('one'))
    expect(await read(log)).toEqual(['one', 'two', 'three', 'four'])
    for (const [tail, expected] of [
      [1, ['four']],
      [2, ['three', 'four']],
      [3, ['two', 'three', 'four']],
      [9, ['one', 'two', 'three', 'four']],
      [0, []],
    ] as const) {
      expect(await read(log, tail)).toEqual(expected)
    }
  })

  it('finds the last lines inside a compressed segment, whole though they come in parts', async () => {
    const log = await rotating({ maxFiles: 4, compresses: true })
    await appendFile(path, record('a') + record('b') + record('c1', 'P'))
    await log.check(conmon)
    await appendFile(path, record('c2') + record('d'))
    await until('it to be compressed', async () => (await names()).includes('container.log.1.gz') && !(await names()).includes('container.log.1'))
    expect(await read(log, 1)).toEqual(['d'])
    expect(await read(log, 2)).toEqual(['c1', 'c2', 'd'])
    expect(await read(log, 3)).toEqual(['b', 'c1', 'c2', 'd'])
  })

  const read1 = async (name: string) => {
    await using file = await open(join(folder, name))
    return file.readFile()
  }
})

describe('followers', () => {
  it('go on from segment to segment, and end with the writer', async () => {
    const log = await rotating({ maxFiles: 100 })
    const ended = Promise.withResolvers<void>()
    const pieces: Buffer[] = []
    const following = (async () => {
      for await (const piece of readLog(log, { tail: undefined, follow: true, untilEnded: ended.promise, signal: new AbortController().signal }))
        pieces.push(piece)
    })()
    const expected = Array.from({ length: 40 }, (_, i) => `line ${i}`)
    for (const text of expected) {
      await write(text)
      await log.check(conmon)
    }
    await log.settle()
    ended.resolve()
    await following
    expect(textsOf(Buffer.concat(pieces))).toEqual(expected)
    expect((await stat(path)).size).toBe(0)
  })
})
