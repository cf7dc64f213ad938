import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../../../tests/harness/until.ts'
import { ConsoleLog } from '../console-log.ts'
import { ControlServer } from './control-server.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('who does not read the console fills no memory, and is told that something is missing', async () => {
  const console = new ConsoleLog(join(folder, 'console.log'))
  const nothing = async () => {
    throw new Error('nobody asks for this')
  }
  const server = new ControlServer({
    status: nothing,
    onChange: () => () => undefined,
    console,
    stop: nothing,
    suspend: nothing,
    tellGuest: nothing,
    setProxies: nothing,
    resize: nothing,
  })
  const socketPath = join(folder, 'control.sock')
  await server.listen(socketPath)
  console.write('before')
  const asked = request({ socketPath, path: '/console', agent: false }).end()
  const [response] = await once(asked, 'response')
  const line = 'x'.repeat(1023)
  for (let times = 0; times < 16 * 1024; times++) console.write(line)
  const lines: string[] = []
  createInterface({ input: response }).on('line', (one) => lines.push(one))
  await until('room for more', () => {
    console.write('after')
    return lines.includes('after')
  })
  expect(lines.slice(0, 2)).toEqual(['before', line])
  expect(lines.find((one) => !['before', line, 'after'].includes(one))).toMatch(/^engineroom: \d+ lines are left out here/)
  expect(lines.length).toBeLessThan(8 * 1024)
  response.destroy()
  await server.close()
  await console.close()
})
