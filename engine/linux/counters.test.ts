import { expect, it } from 'vitest'
import { parseHostCpu } from './host-cpu.ts'
import { parseNetDev } from './interface-counters.ts'

it("sums the first seven of the machine's processor times", () => {
  const stat = 'cpu  1 2 3 4 5 6 7 1000 1000 1000\ncpu0 1 1 1 1 1 1 1 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 5 0\n'
  expect(parseHostCpu(stat)).toEqual({ totalNs: 28 * 10_000_000, onlineCount: 2 })
})

it('reads the counters of each interface, also where the first number touches the name', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0:99999999       2    3    4    0     0          0         0       90       1    5    6    0     0       0          0
`
  const counters = parseNetDev(text)
  expect([...counters.keys()]).toEqual(['lo', 'eth0'])
  expect(counters.get('eth0')).toEqual({ rxBytes: 99_999_999, rxPackets: 2, rxErrors: 3, rxDropped: 4, txBytes: 90, txPackets: 1, txErrors: 5, txDropped: 6 })
})
