import { expect, test } from 'vitest'
import { parseUsage } from '../api/stats.ts'
import { usageCharts, usageWords } from './usage-series.ts'

function sample(received: number, read: number) {
  return parseUsage({
    memory_stats: { usage: 5_000_000, limit: 64_000_000, stats: { inactive_file: 1_000_000 } },
    pids_stats: { current: 3 },
    networks: { eth0: { rx_bytes: received, tx_bytes: 7 }, eth1: { rx_bytes: 1, tx_bytes: 0 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: 'Read', value: read },
        { op: 'write', value: 4 },
      ],
    },
  })
}

test('counters become rates, and one that begins anew is no negative rate', () => {
  const [cpu, memory, network, disk, tasks] = usageCharts([sample(1000, 0), sample(3000, 500), sample(0, 500)])
  expect(cpu?.series[0]?.values).toEqual([0, 0, 0])
  expect(memory?.now).toBe('4.00 MB of 64.0 MB')
  expect(network?.series.map(({ values }) => values)).toEqual([
    [0, 2000, 0],
    [0, 0, 0],
  ])
  expect(disk?.series.map(({ values }) => values)).toEqual([
    [0, 500, 0],
    [0, 0, 0],
  ])
  expect(tasks?.now).toBe('3')
})

test('without a sample nothing is claimed', () => expect(usageCharts([]).map(({ now }) => now)).toEqual(['–', '–', '–', '–', '–']))

test('a line of a list says what is now, and nothing that is not known yet', () => {
  expect(usageWords([sample(1000, 0), sample(3000, 0)])).toEqual({ cpu: '', memory: '4.00 MB', network: '2.00 kB/s in, 0 B/s out' })
  expect(usageWords([sample(1000, 0)]).network).toBe('')
  expect(usageWords([])).toEqual({ cpu: '', memory: '', network: '' })
})
