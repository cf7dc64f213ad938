import { describe, expect, test } from 'vitest'
import { GuestMarks, parseMark } from './guest-marks.ts'

const never = new AbortController().signal

describe('a line of the console', () => {
  test.each([
    ['engineroom: stage kernel start', { stage: 'kernel', what: 'start', words: '' }],
    ['engineroom: stage disk failed no space left\r', { stage: 'disk', what: 'failed', words: 'no space left' }],
    ['engineroom: stage lunch done', undefined],
    ['[    1.2] engineroom: stage kernel done', undefined],
    ['login:', undefined],
  ])('%j', (line, mark) => expect(parseMark(line)).toEqual(mark))
})

describe('how far the guest is', () => {
  test('a stage that was passed before somebody asked is done', async () => {
    const marks = new GuestMarks()
    marks.take('engineroom: stage network done')
    await marks.done('kernel', never)
    await marks.done('network', never)
  })

  test('who waits is told when it happens', async () => {
    const marks = new GuestMarks()
    const waiting = marks.done('engine', never)
    for (const line of ['hello', 'engineroom: stage engine start', 'engineroom: stage engine done']) marks.take(line)
    await waiting
  })

  test('a failure is told in the words of the guest, to whoever waits for what does not come any more', async () => {
    const marks = new GuestMarks()
    marks.take('engineroom: stage kernel done')
    const waiting = expect(marks.done('engine', never)).rejects.toThrow('In the guest: no ext4 on it')
    marks.take('engineroom: stage disk failed no ext4 on it')
    await waiting
    await marks.done('kernel', never)
  })

  test('who gives up is not waited for', async () => {
    const giveUp = new AbortController()
    const waiting = new GuestMarks().done('kernel', giveUp.signal)
    giveUp.abort(new Error('too late'))
    await expect(waiting).rejects.toThrow('too late')
  })
})
