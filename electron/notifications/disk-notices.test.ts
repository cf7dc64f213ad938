import { expect, test } from 'vitest'
import { until } from '../../tests/harness/until.ts'
import { UnixServer } from '../testing/unix-server.ts'
import { DiskNotices } from './disk-notices.ts'
import type { Notice } from './notice.ts'

const disk = (state: string) => [
  { id: 'dns', state: 'fail' },
  { id: 'disk', state, detail: '1 GB of 100 GB are free.', fix: 'Make room.' },
] // prettier-ignore

test('a disk that fills up is told once, and again when it is full or was fine meanwhile', () => {
  const told: Notice[] = []
  const notices = new DiskNotices((notice) => told.push(notice))
  for (const state of ['ok', 'warn', 'warn', 'fail', 'fail', 'ok', 'warn']) notices.take(disk(state))
  expect(told.map(({ title }) => title)).toEqual(['The disk is nearly full', 'The disk is full', 'The disk is nearly full'])
  expect(told[0]).toMatchObject({ kind: 'disk', body: '1 GB of 100 GB are free. Make room.', place: '#/data' })
})

test.each([[undefined], ['text'], [[]], [[{ id: 'disk' }, 7]]])('an answer that is none is no news: %j', (answer) => {
  const told: Notice[] = []
  new DiskNotices((notice) => told.push(notice)).take(answer)
  expect(told).toEqual([])
})

test('the engine is asked when it is met, and not at each thing that takes room', async () => {
  let asked = 0
  await using engine = await UnixServer.http((_request, response) => {
    asked += 1
    response.end(JSON.stringify(disk('warn')))
  })
  const told: Notice[] = []
  const notices = new DiskNotices((notice) => told.push(notice))
  notices.look(engine.socketPath)
  for (let round = 0; round < 5; round += 1) notices.takeNews({ type: 'image', action: 'pull', id: 'x', attributes: {}, atMs: 0 }, engine.socketPath)
  await until('the notice', () => told.length === 1)
  expect(asked).toBe(1)
})
