import { describe, expect, it } from 'vitest'
import { dockerTime, LineCutter, parseRecord, timeNano } from './log-record.ts'

const parse = (line: string) => parseRecord(Buffer.from(line))

describe('parseRecord', () => {
  it.each([
    ['stdout F hello', 'stdout', true, 'hello'],
    ['stderr F hello', 'stderr', true, 'hello'],
    ['stdout P first part', 'stdout', false, 'first part'],
    ['stdout F ', 'stdout', true, ''],
    ['stderr F stdout F trick', 'stderr', true, 'stdout F trick'],
    ['stdout F   spaces  ', 'stdout', true, '  spaces  '],
  ])('%j', (rest, stream, isComplete, text) => {
    const record = parse(`2026-11-24T10:00:00.123456789+01:00 ${rest}`)
    expect(record).toMatchObject({ time: '2026-11-24T10:00:00.123456789+01:00', stream, isComplete })
    expect(record?.text.toString()).toBe(text)
  })

  it('leaves bytes alone that are no text', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x1b, 0x80])
    expect(parseRecord(Buffer.concat([Buffer.from('t stdout F '), bytes]))?.text).toEqual(bytes)
  })

  it.each(['', 'x', 'time stdout', 'time stdout F', 'a line of something else'])('takes %j for no record', (line) => expect(parse(line)).toBeUndefined())
})

describe('LineCutter', () => {
  it('finds the same lines however the bytes were cut', () => {
    const bytes = Buffer.from('one\ntwo\n\nthrée\nunfinished')
    for (let size = 1; size <= bytes.length; size++) {
      const cutter = new LineCutter()
      const lines: string[] = []
      for (let at = 0; at < bytes.length; at += size) lines.push(...cutter.push(bytes.subarray(at, at + size)).map(String))
      expect(lines).toEqual(['one', 'two', '', 'thrée'])
    }
  })
})

describe('times', () => {
  it.each([
    ['2026-11-24T10:00:00.123456789+00:00', '2026-11-24T10:00:00.123456789Z', 1795514400123456789n],
    ['2026-11-24T10:00:00.123456789+01:00', '2026-11-24T09:00:00.123456789Z', 1795510800123456789n],
    ['2026-11-24T10:00:00.120000000-05:30', '2026-11-24T15:30:00.120000000Z', 1795534200120000000n],
  ])('%s', (time, shown, nano) => {
    expect(dockerTime(time)).toBe(shown)
    expect(timeNano(time)).toBe(nano)
  })
})
