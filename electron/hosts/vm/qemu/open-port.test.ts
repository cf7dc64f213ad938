import { expect, test } from 'vitest'
import { isBegun } from './open-port.ts'

/** As QEMU 7.2 says it. */
const listed = (state: string, port: number) => `Hub -1 (net0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[ESTABLISHED]   49       127.0.0.1 28081       10.0.2.15 18080     0     0
  TCP[${state}]   48       127.0.0.1 28081       10.0.2.15 ${port}     0     0
  TCP[HOST_FORWARD]  28       127.0.0.1 28081       10.0.2.15 18080     0     0
`

test.each([
  ['SYN_SENT', 18080, true],
  ['SYN_SENT', 1808, false],
  ['ESTABLISHED', 18080, false],
  ['TIME_WAIT', 18080, false],
])('a connection in %s to port %i is begun: %s', (state, port, expected) => {
  expect(isBegun(listed(state, port), 18080)).toBe(expected)
})
