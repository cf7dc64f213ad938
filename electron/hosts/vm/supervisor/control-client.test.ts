import { expect, test } from 'vitest'
import { UnixServer } from '../../../testing/unix-server.ts'
import { ControlClient } from './control-client.ts'

/** Answers in part, and dies. */
function killedSupervisor() {
  return UnixServer.http((_, response) => {
    response.write('the last line\n', () => response.destroy())
  })
}

test('a supervisor that is killed has ended its console', async () => {
  await using server = await killedSupervisor()
  const lines: string[] = []
  for await (const line of new ControlClient(server.socketPath).console()) lines.push(line)
  expect(lines).toEqual(['the last line'])
})

test('one that is killed before it has said anything says nothing', async () => {
  await using server = await UnixServer.http((_, response) => {
    response.flushHeaders()
    setImmediate(() => response.destroy())
  })
  expect(await new ControlClient(server.socketPath).status()).toBeUndefined()
  for await (const status of new ControlClient(server.socketPath).follow()) expect(status).toBe('nothing')
})
