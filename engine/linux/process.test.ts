import { describe, expect, it } from 'vitest'
import { isAlive, sendSignal, signalNumber } from './process.ts'

describe('signalNumber', () => {
  it.each([
    ['9', 9],
    ['KILL', 9],
    ['SIGKILL', 9],
    ['sigterm', 15],
    ['hup', 1],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['RTMAX-14', 50],
    ['64', 64],
  ])('%s is %d', (text, number) => expect(signalNumber(text)).toBe(number))

  it.each(['', '0', '65', '-9', 'FOO', 'SIG', 'RTMIN-1', 'RTMIN+31', 'RTMAX+1', 'RT', '9.5', 'SIGSIGKILL'])('%j is none', (text) =>
    expect(signalNumber(text)).toBeUndefined(),
  )
})

describe('processes', () => {
  it('know who lives', () => {
    expect(isAlive(process.pid)).toBe(true)
    expect(isAlive(2 ** 22 + 1)).toBe(false)
  })

  it('who is not there gets no signal', () => expect(sendSignal(2 ** 22 + 1, 0)).toBe(false))
})
