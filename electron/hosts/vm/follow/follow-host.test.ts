import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { until } from '../../../../tests/harness/until.ts'
import { stillMachine } from '../../../testing/still-machine.ts'
import { stillNetwork } from '../../../testing/still-network.ts'
import { UnixServer } from '../../../testing/unix-server.ts'
import type { MachineEnd } from '../driver.ts'
import { followHost } from './follow-host.ts'

const never = new AbortController().signal

test('the guest is told the time and the network at first, when its machine goes on after a stop, and when something has changed', async () => {
  const told: string[] = []
  await using engine = await UnixServer.http(async (request, response) => {
    if (request.url === '/_ping') return void response.end('OK')
    told.push(`${request.method} ${request.url} ${await text(request)}`)
    response.writeHead(204).end()
  })
  const { promise: ended, resolve: end } = Promise.withResolvers<MachineEnd>()
  let [resume, change] = [() => {}, () => {}]
  let proxy = 'first'
  const machine = stillMachine({ ended, onResume: (listener) => (resume = listener) })
  const network = stillNetwork({
    read: async () => ({ proxies: { http: proxy, https: '', none: '' }, authorities: [], registryFiles: [] }),
    watch: (changed) => {
      change = changed
      return { [Symbol.dispose]: () => undefined }
    },
  })
  const following = followHost({ machine, engineSocket: engine.socketPath, network, console: { write: () => undefined } })
  const before = Date.now()
  await following.tellFirst(never)
  proxy = 'second'
  resume()
  await until('the second time', () => told.length === 4)
  proxy = 'third'
  change()
  await until('the third time', () => told.length === 6)
  for (const words of told.filter((one) => one.includes('clock'))) {
    const [, now] = /^PUT \/engineroom\/v1\/outer-host\/clock \{"now":(\d+)\}$/.exec(words) ?? []
    expect(Number(now)).toBeGreaterThanOrEqual(before)
    expect(Number(now)).toBeLessThanOrEqual(Date.now())
  }
  const body = (http: string) => `{"proxies":{"http":"${http}","https":"","none":""},"authorities":[],"registryFiles":[]}`
  const networks = ['first', 'second', 'third'].map((http) => `PUT /engineroom/v1/outer-host/network ${body(http)}`)
  expect(told.filter((one) => one.includes('network'))).toEqual(networks)
  end({ reason: '' })
})

test('an engine that cannot be told fails a boot with what to do, and later is a line on the console', async () => {
  await using engine = await UnixServer.http(({ url }, response) => void response.writeHead(url === '/_ping' ? 200 : 404).end())
  const lines: string[] = []
  const console = { write: (line: string) => void lines.push(line) }
  const following = followHost({ machine: stillMachine(), engineSocket: engine.socketPath, network: stillNetwork(), console })
  await expect(following.tellFirst(never)).rejects.toMatchObject({ remedy: 'Make its image anew with: engineroom vm build' })
  await following.tell()
  expect(lines).toEqual([expect.stringContaining('engineroom: the guest was not told what has changed here: The engine in the guest does not take the clock')])
})
