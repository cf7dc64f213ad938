import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RealVm } from '../harness/real-vm.ts'
import { freePort } from '../harness/tcp.ts'

/** What containers in a machine and programs on this computer's loopback reach of one another. */
let vm: RealVm
let port: number

beforeAll(async () => {
  vm = await RealVm.create()
  await vm.prepare('--share', 'none')
  port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  server.close()
  await vm?.[Symbol.asyncDispose]()
})

/** Of this computer, on its loopback alone. */
const server = createServer((_, response) => response.end('this computer'))

test('host.docker.internal is this computer: on the default network, on one of a user, on the network of the host, and in a build', async () => {
  await vm.ok('network', 'create', 'mine')
  for (const network of ['bridge', 'mine', 'host'])
    for (const name of ['host.docker.internal', 'gateway.docker.internal', 'asked'])
      expect(await vm.ok('run', '--rm', '--network', network, '--add-host', 'asked:host-gateway', 'busybox', 'wget', '-qO-', `http://${name}:${port}`)).toBe(
        'this computer',
      )
  const built = await vm.docker(['build', '-'], { input: `FROM busybox\nRUN wget -qO- http://host.docker.internal:${port}\n` })
  expect(built.stdout).toContain('this computer')
})
