import { expect, test } from 'vitest'
import { parseRequest, type RequestRow } from '../api/requests.ts'
import { KEPT, RequestList } from './request-list.ts'

function call(id: number, phase: RequestRow['phase'] = 'done'): RequestRow {
  return parseRequest({ id, phase, method: 'GET', target: `/${id}` })
}

function setUp() {
  const rows = new Map<number, RequestRow>()
  return { rows, list: new RequestList(rows) }
}

test('a call takes the place of its earlier state', () => {
  const { rows, list } = setUp()
  for (const one of [call(1, 'waiting'), call(2), call(1)]) list.put(one)
  expect([...rows.values()].map(({ id, phase }) => [id, phase])).toEqual([
    [1, 'done'],
    [2, 'done'],
  ])
})

test('the oldest that are over go; what goes on stays', () => {
  const { rows, list } = setUp()
  list.put(call(1, 'open'))
  for (let id = 2; id <= KEPT + 10; id += 1) list.put(call(id))
  expect(rows.size).toBe(KEPT)
  expect([...rows.keys()].slice(0, 2)).toEqual([1, 12])
})

test('what was cleared does not come back with the next stream', () => {
  const { rows, list } = setUp()
  for (const one of [call(1), call(2, 'open'), call(3)]) list.put(one)
  list.clear()
  expect([...rows.keys()]).toEqual([2])
  list.begin()
  for (const one of [call(1), call(2, 'open'), call(3), call(4)]) list.put(one)
  expect([...rows.keys()]).toEqual([2, 4])
})

test('what went on when the stream broke off is not believed to go on', () => {
  const { rows, list } = setUp()
  for (const one of [call(1), call(2, 'open')]) list.put(one)
  list.begin()
  expect([...rows.keys()]).toEqual([1])
})
