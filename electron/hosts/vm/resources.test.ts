import { expect, test } from 'vitest'
import { parsePs, processUsage } from './resources.ts'

test.each([
  ['  1024 00:00:07\n', { memoryBytes: 1024 * 1024, cpuSeconds: 7 }], // Linux
  [' 2048 2-03:00:01\n', { memoryBytes: 2048 * 1024, cpuSeconds: 2 * 86_400 + 3 * 3600 + 1 }],
  ['  4096   1:02.50\n', { memoryBytes: 4096 * 1024, cpuSeconds: 62.5 }], // macOS
  ['', undefined],
])('ps says %j', (text, usage) => expect(parsePs(text)).toEqual(usage))

test('a process that is there spends something, one that is not is unknown', async () => {
  expect((await processUsage(process.pid))?.memoryBytes).toBeGreaterThan(1024 * 1024)
  expect(await processUsage(2 ** 22 + 1)).toBeUndefined()
})
