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
