import { expect, it } from 'vitest'
import { takePassedSockets } from './passed-sockets.ts'

it('are those after the standard streams, and are taken once', () => {
  const environment = { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'a:b', HOME: '/root' }
  expect(takePassedSockets(environment, 7)).toEqual([3, 4])
  expect(environment).toEqual({ HOME: '/root' })
})

it.each([{}, { LISTEN_PID: '8', LISTEN_FDS: '1' }, { LISTEN_PID: '7', LISTEN_FDS: '0' }, { LISTEN_PID: '7', LISTEN_FDS: 'x' }, { LISTEN_PID: '7' }])(
  'are none for another process, or without a number: %j',
  (environment) => expect(() => takePassedSockets({ ...environment }, 7)).toThrow('no sockets found via socket activation'),
)
