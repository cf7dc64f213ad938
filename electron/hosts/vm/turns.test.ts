import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('so many are at work, the others come in turn, and who says twice that he is done lets in one', () => {
  const turns = new Turns(2)
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  for (const name of ['a', 'b', 'c', 'd'])
    turns.take((done) => {
      begun.push(name)
      ends.set(name, done)
    })
  expect(begun).toEqual(['a', 'b'])
  ends.get('b')?.()
  ends.get('b')?.()
  expect(begun).toEqual(['a', 'b', 'c'])
  ends.get('a')?.()
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
})

test('one that is done at once is no hindrance', () => {
  const turns = new Turns(1)
  const begun: number[] = []
  for (const number of [1, 2, 3])
    turns.take((done) => {
      begun.push(number)
      done()
    })
  expect(begun).toEqual([1, 2, 3])
})

test('who is at work hears once that somebody waits: one that came before, or one that comes; not when he is done', () => {
  const turns = new Turns(1)
  const heard: string[] = []
  const ends: (() => void)[] = []
  const work = (name: string) =>
    turns.take((done, whenAwaited) => {
      whenAwaited(() => heard.push(name))
      ends.push(done)
    })
  work('a')
  expect(heard).toEqual([])
  work('b')
  work('c')
  expect(heard).toEqual(['a'])
  ends[0]?.()
  expect(heard).toEqual(['a', 'b'])
  ends[1]?.()
  ends[2]?.()
  work('d')
  expect(heard).toEqual(['a', 'b'])
})
