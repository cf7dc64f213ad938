import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Log } from '../log.ts'
import { type OuterChannel, OuterHost, type OuterPort } from './outer-host.ts'

const port: OuterPort = { protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080, innerPort: 80 }

function channel() {
  const parts = { input: new PassThrough(), output: new PassThrough(), close: () => parts.input.destroy() } satisfies OuterChannel
  return parts
}

test('a channel that breaks is lost: who waits for a port hears of it, and the next channel is asked for what is held', async () => {
  const host = new OuterHost(new Log('fatal'))
  const first = channel()
  host.attach(first)
  const holding = expect(host.hold(port)).rejects.toMatchObject({ code: 'ECONNRESET' })
  first.input.destroy(new Error('read ECONNRESET'))
  await holding
  await host.hold(port)
  const second = channel()
  host.attach(second)
  expect(JSON.parse(String(second.output.read()))).toEqual({ id: 2, op: 'hold', ...port })
})
