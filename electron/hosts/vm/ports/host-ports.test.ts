import { expect, test } from 'vitest'
import { stillMachine } from '../../../testing/still-machine.ts'
import type { PortForward } from '../driver.ts'
import { HostPorts } from './host-ports.ts'
import type { PortRequest } from './port-request.ts'

const request: PortRequest = { id: 1, op: 'hold', protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 8080, innerPort: 80 }

/** A machine that opens ports when it is told to. */
function machine() {
  const open = new Set<number>()
  const asked = Promise.withResolvers<void>()
  const may = Promise.withResolvers<void>()
  const openPort = async ({ hostPort }: PortForward) => {
    asked.resolve()
    await may.promise
    open.add(hostPort)
    return async () => void open.delete(hostPort)
  }
  return { ports: new HostPorts(stillMachine({ openPort })), open, asked: asked.promise, may }
}

test.each([
  ['releaseAll', (ports: HostPorts) => ports.releaseAll()],
  ['release', (ports: HostPorts) => ports.release(request)],
])('%s gives back a port that is just being taken', async (_, giveBack) => {
  const { ports, open, asked, may } = machine()
  const holding = ports.hold(request)
  await asked
  const given = giveBack(ports)
  may.resolve()
  await Promise.all([holding, given])
  expect([...open]).toEqual([])
})

test('a port that is just being taken is taken, and one that could not be had is free', async () => {
  const { ports, open, may } = machine()
  const holding = expect(ports.hold(request)).rejects.toThrow('somebody has it')
  await expect(ports.hold(request)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  may.reject(new Error('somebody has it'))
  await holding
  await ports.releaseAll()
  await expect(ports.hold(request)).rejects.toThrow('somebody has it')
  expect([...open]).toEqual([])
})
