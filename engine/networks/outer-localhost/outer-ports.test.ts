import { expect, test, vi } from 'vitest'
import { Log } from '../../log.ts'
import type { OuterPort } from '../outer-host.ts'
import { OuterPorts } from './outer-ports.ts'

/** An outer host on which somebody else has some ports. */
function outerHost(taken: Set<number>) {
  const held = new Set<number>()
  const hold = vi.fn(async ({ hostPort }: OuterPort) => {
    if (taken.has(hostPort)) throw Object.assign(new Error('EADDRINUSE'), { code: 'EADDRINUSE' })
    held.add(hostPort)
    return async () => void held.delete(hostPort)
  })
  return { hold, held }
}

test('what listens is held at 127.0.0.1 and the same port, and given back when it does no longer', async () => {
  const outer = outerHost(new Set())
  const ports = new OuterPorts(outer, new Log('fatal'))
  await ports.want([80, 81])
  await ports.want([81, 82])
  expect([...outer.held]).toEqual([81, 82])
  expect(outer.hold.mock.calls.map(([asked]) => asked)).toEqual(
    [80, 81, 82].map((port) => ({ protocol: 'tcp', hostIp: '127.0.0.1', hostPort: port, innerPort: port })),
  )
  await ports.want([])
  expect(outer.held.size).toBe(0)
})

test('a port that somebody has on the computer is told once, and had once it is free', async () => {
  const taken = new Set([80])
  const outer = outerHost(taken)
  const log = new Log('fatal')
  const warn = vi.spyOn(log, 'warn')
  let now = 0
  const ports = new OuterPorts(outer, log, () => now)
  await ports.want([80, 81])
  await ports.want([80, 81])
  expect([[...outer.held], outer.hold.mock.calls.length, warn.mock.calls.length]).toEqual([[81], 2, 1])
  now = 10_000
  await ports.want([80, 81])
  taken.clear()
  now = 20_000
  await ports.want([80, 81])
  expect([[...outer.held].sort(), warn.mock.calls.length]).toEqual([[80, 81], 1])
})
