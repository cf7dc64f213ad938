import { describe, expect, it } from 'vitest'
import { dockerTime, newlines, parseRecord, timeNano, WholeLines } from './log-record.ts'

const parse = (line: string) => {
  const record = parseRecord(Buffer.from(line))
  return record && { ...record, time: line.slice(0, record.timeEnd), text: line.slice(record.textStart) }
}

describe('parseRecord', () => {
  it.each([
    ['stdout F hello', 'stdout', true, 'hello'],
    ['stderr F hello', 'stderr', true, 'hello'],
    ['stdout P first part', 'stdout', false, 'first part'],
    ['stdout F ', 'stdout', true, ''],
    ['stderr F stdout F trick', 'stderr', true, 'stdout F trick'],
    ['stdout F   spaces  ', 'stdout', true, '  spaces  '],
  ])('%j', (rest, stream, isComplete, text) => {
    expect(parse(`2026-11-24T10:00:00.123456789+01:00 ${rest}`)).toMatchObject({ time: '2026-11-24T10:00:00.123456789+01:00', stream, isComplete, text })
  })

  it('looks at its own line only', () => {
    const data = Buffer.from('t stdout F one\ntwo\nu stderr P three\n')
    expect(parseRecord(data, 15, 18)).toBeUndefined()
    expect(parseRecord(data, 19, data.length - 1)).toMatchObject({ stream: 'stderr', isComplete: false, timeEnd: 20, textStart: 30 })
  })

  it.each(['', 'x', 'time stdout', 'time stdout F', 'a line of something else'])('takes %j for no record', (line) => expect(parse(line)).toBeUndefined())
})

describe('WholeLines', () => {
  it('finds the same lines however the bytes were cut', () => {
    const bytes = Buffer.from('one\ntwo\n\nthrée\nunfinished')
    for (let size = 1; size <= bytes.length; size++) {
      const whole = new WholeLines()
      let text = ''
      for (let at = 0; at < bytes.length; at += size) text += whole.push(bytes.subarray(at, at + size)).toString()
      expect(text).toBe('one\ntwo\n\nthrée\n')
    }
  })
})

it('finds every newline', () => expect([...newlines(Buffer.from('one\n\ntwo\n'))]).toEqual([3, 4, 8]))

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
