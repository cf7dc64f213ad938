import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CrashNotices } from './crash-notices.ts'
import type { Notice } from './notice.ts'

const ID = 'a'.repeat(64)
let told: Notice[]
let notices: CrashNotices
beforeEach(() => {
  vi.useFakeTimers()
  told = []
  notices = new CrashNotices((notice) => told.push(notice))
})
afterEach(() => {
  notices.close()
  vi.useRealTimers()
})

const crash = (id = ID) => notices.takeEnding({ id, name: `web-${id[0]}`, exitCode: 3, atMs: 0 })
const news = (action: string) => notices.takeNews({ type: 'container', action, id: ID, attributes: {}, atMs: 0 })
const bodies = () => told.map(({ title, body }) => `${title}: ${body}`)

test('a crash is told once it is clear what follows', () => {
  crash()
  expect(told).toEqual([])
  vi.advanceTimersByTime(2000)
  expect(told).toEqual([
    { kind: 'crash', title: 'web-a has crashed', body: 'It ended with exit code 3. Nobody had asked for it.', place: `#/containers/${ID}/logs` },
  ])
})

test('one that was started again says so', () => {
  crash()
  news('start')
  vi.advanceTimersByTime(2000)
  expect(bodies()).toEqual(['web-a has crashed: It ended with exit code 3, and was started again.'])
})

test('one that is gone leads to the list', () => {
  crash()
  news('destroy')
  vi.advanceTimersByTime(2000)
  expect(told).toMatchObject([{ body: 'It ended with exit code 3, and was removed.', place: '#/containers' }])
})

test('a loop is one notice, not many', () => {
  for (let round = 0; round < 5; round += 1) {
    crash()
    news('start')
    vi.advanceTimersByTime(300)
  }
  vi.advanceTimersByTime(60_000)
  expect(told).toMatchObject([{ kind: 'loop', title: 'web-a restarts again and again' }])
  expect(told[0]?.body).toContain('5 times within a minute')
})

test('nobody is told twice of one container in ten minutes, but of another', () => {
  crash()
  vi.advanceTimersByTime(5 * 60_000)
  crash()
  crash('b'.repeat(64))
  vi.advanceTimersByTime(2000)
  expect(told.map(({ title }) => title)).toEqual(['web-a has crashed', 'web-b has crashed'])
  vi.advanceTimersByTime(5 * 60_000)
  crash()
  vi.advanceTimersByTime(2000)
  expect(told).toHaveLength(3)
})

test('what is no crash is never told', () => {
  news('start')
  news('destroy')
  vi.advanceTimersByTime(60_000)
  expect(told).toEqual([])
})
