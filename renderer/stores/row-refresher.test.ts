import { expect, test } from 'vitest'
import { RowRefresher } from './row-refresher.ts'

/** An engine whose answers come when the test says so. */
function setUp() {
  const requests: { ids: readonly string[]; answer: (rows: Record<string, string>) => Promise<void>; fail: (error: Error) => Promise<void> }[] = []
  const rows = new Map<string, string>()
  const errors: unknown[] = []
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve))
  const refresher = new RowRefresher<string>({
    fetch(ids) {
      const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, string>>()
      requests.push({
        ids,
        answer(found) {
          resolve(new Map(Object.entries(found)))
          return settled()
        },
        fail(error) {
          reject(error)
          return settled()
        },
      })
      return promise
    },
    apply: (id, row) => void (row === undefined ? rows.delete(id) : rows.set(id, row)),
    failed: (error) => errors.push(error),
  })
  return { refresher, requests, rows, errors }
}

test('one event asks for one row, not for the list', async () => {
  const { refresher, requests, rows } = setUp()
  refresher.refresh('a')
  expect(requests.map(({ ids }) => ids)).toEqual([['a']])
  await requests[0]?.answer({ a: 'running' })
  expect([...rows]).toEqual([['a', 'running']])
})

test('what happens during a request shares the next one, and is asked again after its last event', async () => {
  const { refresher, requests, rows } = setUp()
  for (const id of ['a', 'b', 'c', 'a', 'b']) refresher.refresh(id)
  expect(requests).toHaveLength(1)
  await requests[0]?.answer({ a: 'old' })
  expect(requests.map(({ ids }) => ids)).toEqual([['a'], ['b', 'c', 'a']])
  await requests[1]?.answer({ a: 'new', b: 'new', c: 'new' })
  expect(rows.get('a')).toBe('new')
  expect(requests).toHaveLength(2)
})

test('a thousand events at once become a few requests', async () => {
  const { refresher, requests } = setUp()
  for (let n = 0; n < 1000; n += 1) refresher.refresh(`c${n}`)
  for (let at = 0; at < requests.length; at += 1) await requests[at]?.answer({})
  expect(requests.length).toBeLessThan(25)
  expect(requests.flatMap(({ ids }) => ids)).toHaveLength(1000)
})

test('a row that the answer lacks is gone', async () => {
  const { refresher, requests, rows } = setUp()
  rows.set('a', 'running')
  refresher.refresh('a')
  await requests[0]?.answer({})
  expect(rows.has('a')).toBe(false)
})

test('a late answer does not bring back what was destroyed', async () => {
  const { refresher, requests, rows } = setUp()
  refresher.refresh('a')
  refresher.forget('a')
  await requests[0]?.answer({ a: 'running' })
  expect(rows.has('a')).toBe(false)
})

test('an answer from before a reload is not believed', async () => {
  const { refresher, requests, rows } = setUp()
  refresher.refresh('a')
  refresher.refresh('b')
  refresher.reset()
  await requests[0]?.answer({ a: 'old' })
  expect(rows.size).toBe(0)
  expect(requests).toHaveLength(1)
})

test('a failure is told, and the next event asks again', async () => {
  const { refresher, requests, errors } = setUp()
  refresher.refresh('a')
  await requests[0]?.fail(new Error('away'))
  expect(errors).toHaveLength(1)
  refresher.refresh('a')
  expect(requests).toHaveLength(2)
})
