import { expect, test } from 'vitest'
import { OrderedOutput } from './ordered-output.ts'
import type { BuildOutput } from './request.ts'

function recorder() {
  const said: string[] = []
  const output: BuildOutput = {
    text: (text) => said.push(text),
    complaint: (text) => said.push(`!${text}`),
    image: (id) => said.push(`image ${id}`),
    progress: () => said.push('progress'),
  }
  return { said, output }
}

test('the first stage speaks at once, the others when those before them have ended', () => {
  const { said, output } = recorder()
  const ordered = new OrderedOutput(output, 3)
  ordered.of(2).text('c')
  ordered.of(0).text('a')
  ordered.of(1).text('b')
  expect(said).toEqual(['a'])
  ordered.end(2)
  expect(said).toEqual(['a'])
  ordered.end(0)
  expect(said).toEqual(['a', 'b'])
  ordered.of(1).image('1')
  expect(said).toEqual(['a', 'b', 'image 1'])
  ordered.end(1)
  expect(said).toEqual(['a', 'b', 'image 1', 'c'])
})

test('stages after one that failed are not heard', () => {
  const { said, output } = recorder()
  const ordered = new OrderedOutput(output, 3)
  ordered.of(2).text('later')
  ordered.of(1).text('fails')
  ordered.failed(1)
  for (const stage of [2, 1, 0]) ordered.end(stage)
  ordered.of(2).text('more')
  expect(said).toEqual(['fails'])
})

test('a stage that has held back a megabyte speaks before its turn, in whole lines', () => {
  const { said, output } = recorder()
  const ordered = new OrderedOutput(output, 2)
  const much = `${'x'.repeat(1024 * 1024 + 1)}\n`
  ordered.of(1).text(much)
  expect(said).toEqual([])
  ordered.of(1).text('one\ntw')
  expect(said).toEqual([much, 'one\n'])
  ordered.of(0).text('between\n')
  ordered.of(1).text('o\nthree')
  expect(said.slice(2)).toEqual(['between\n', 'two\n'])
  ordered.end(1)
  ordered.end(0)
  expect(said.slice(4)).toEqual(['three'])
})
