import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readUsageV1 } from './cgroup-usage-v1.ts'
import { readUsageV2 } from './cgroup-usage-v2.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cgroup-'))
})
afterEach(() => rm(root, { recursive: true }))

async function files(texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
}

describe('version 2', () => {
  it('reads every file, in nanoseconds and bytes', async () => {
    await files({
      'cpu.stat': 'usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 7\nnr_throttled 2\nthrottled_usec 40\n',
      'memory.current': '4096000\n',
      'memory.max': '8192000\n',
      'memory.stat': 'anon 100\nfile 200\ninactive_file 50\nsomething_new 9\n',
      'memory.events': 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n',
      'pids.current': '4\n',
      'pids.max': '100\n',
      'io.stat': '8:0 rbytes=4096 wbytes=512 rios=1 wios=1 dbytes=0 dios=0\n253:1 rbytes=0 wbytes=9\n7:0 \n',
    })
    const usage = readUsageV2(root)
    expect(usage?.cpu).toEqual({ totalNs: 5e6, userNs: 3e6, kernelNs: 2e6, periods: 7, throttledPeriods: 2, throttledNs: 40_000 })
    expect(usage?.memory).toMatchObject({ usageBytes: 4_096_000, limitBytes: 8_192_000, failures: 1, maxUsageBytes: 0 })
    expect(usage?.memory.details).toMatchObject({ anon: 100, file: 200, inactive_file: 50, pgscan: 0 })
    expect(usage?.memory.details).not.toHaveProperty('something_new')
    expect(usage?.pids).toEqual({ current: 4, limit: 100 })
    expect(usage?.io.serviceBytes).toEqual([
      { major: 8, minor: 0, op: 'read', value: 4096 },
      { major: 8, minor: 0, op: 'write', value: 512 },
      { major: 253, minor: 1, op: 'read', value: 0 },
      { major: 253, minor: 1, op: 'write', value: 9 },
      { major: 7, minor: 0, op: 'read', value: 0 },
      { major: 7, minor: 0, op: 'write', value: 0 },
    ])
    expect(usage?.io.serviced).toBeNull()
  })

  it('takes max for no limit, and a controller that is off for zero', async () => {
    await files({ 'cpu.stat': 'usage_usec 1\nuser_usec 1\nsystem_usec 0\n', 'memory.max': 'max\n', 'pids.max': 'max\n', 'io.stat': '' })
    const usage = readUsageV2(root)
    expect(usage?.memory).toMatchObject({ usageBytes: 0, limitBytes: Infinity })
    expect(usage?.pids).toEqual({ current: 0, limit: 0 })
    expect(usage?.io.serviceBytes).toBeNull()
  })

  it('knows when the cgroup is gone', async () => {
    expect(readUsageV2(join(root, 'gone'))).toBeUndefined()
  })
})

describe('version 1', () => {
  const folderOf = (controller: string) => join(root, controller, 'engineroom/x')

  it('reads every hierarchy', async () => {
    await files({
      'cpuacct/engineroom/x/cpuacct.usage': '123456789\n',
      'cpuacct/engineroom/x/cpuacct.stat': 'user 3\nsystem 2\n',
      'cpuacct/engineroom/x/cpuacct.usage_percpu': '23456789 100000000 \n',
      'cpu/engineroom/x/cpu.stat': 'nr_periods 5\nnr_throttled 1\nthrottled_time 99\n',
      'memory/engineroom/x/memory.usage_in_bytes': '1000\n',
      'memory/engineroom/x/memory.max_usage_in_bytes': '2000\n',
      'memory/engineroom/x/memory.limit_in_bytes': '9223372036854771712\n',
      'memory/engineroom/x/memory.failcnt': '6\n',
      'memory/engineroom/x/memory.stat': 'cache 1\ntotal_inactive_file 77\n',
      'pids/engineroom/x/pids.current': '2\n',
      'pids/engineroom/x/pids.max': 'max\n',
      'blkio/engineroom/x/blkio.bfq.io_serviced_recursive': 'Total 0\n',
      'blkio/engineroom/x/blkio.throttle.io_service_bytes_recursive': '8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n',
      'blkio/engineroom/x/blkio.throttle.io_serviced_recursive': '8:0 Read 1\nTotal 1\n',
    })
    const usage = readUsageV1(folderOf)
    expect(usage?.cpu).toEqual({
      totalNs: 123_456_789,
      userNs: 3e7,
      kernelNs: 2e7,
      perCpuNs: [23_456_789, 1e8],
      periods: 5,
      throttledPeriods: 1,
      throttledNs: 99,
    })
    expect(usage?.memory).toMatchObject({ usageBytes: 1000, maxUsageBytes: 2000, failures: 6 })
    expect(usage?.memory.details).toMatchObject({ cache: 1, total_inactive_file: 77, total_rss: 0 })
    expect(usage?.pids).toEqual({ current: 2, limit: 0 })
    expect(usage?.io.serviceBytes).toEqual([
      { major: 8, minor: 0, op: 'Read', value: 4096 },
      { major: 8, minor: 0, op: 'Write', value: 0 },
      { major: 8, minor: 0, op: 'Total', value: 4096 },
    ])
    expect(usage?.io.sectors).toEqual([])
  })

  it('prefers the counters of the scheduler that counts', async () => {
    await files({
      'cpuacct/engineroom/x/cpuacct.usage': '1\n',
      'blkio/engineroom/x/blkio.bfq.io_serviced_recursive': '8:0 Read 2\nTotal 2\n',
      'blkio/engineroom/x/blkio.bfq.sectors_recursive': '8:0 16\n',
      'blkio/engineroom/x/blkio.throttle.io_serviced_recursive': '8:0 Read 99\n',
    })
    const usage = readUsageV1(folderOf)
    expect(usage?.io.serviced).toEqual([{ major: 8, minor: 0, op: 'Read', value: 2 }])
    expect(usage?.io.sectors).toEqual([{ major: 8, minor: 0, op: '', value: 16 }])
  })

  it('knows when the cgroup is gone', async () => {
    expect(readUsageV1(folderOf)).toBeUndefined()
  })
})
