import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../tests/harness/until.ts'
import type { HostStatus } from '../ipc/contract.ts'
import { NativeHost } from './native.ts'

/** Stands in for the daemon: answers /events on the socket that it is given, notes its pid, and lives on. */
const ENGINE = `
const { createServer } = require('node:http')
const [, , socket, pidfile] = process.argv
const { rmSync, writeFileSync } = require('node:fs')
writeFileSync(pidfile, String(process.pid))
rmSync(socket, { force: true })
console.error('engine up')
createServer((request, response) => response.writeHead(request.url.startsWith('/events') ? 200 : 404).flushHeaders()).listen(socket)
`

let folder: string
let host: NativeHost

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-host-'))
  await writeFile(join(folder, 'engine.cjs'), ENGINE)
})

afterEach(async () => {
  host.close()
  const pid = await readFile(join(folder, 'pid'), 'utf8').catch(() => undefined) // A test that starts none has no pid.
  if (pid) kill(Number(pid))
  await rm(folder, { recursive: true })
})

function hostWith(startCommand: readonly [string, ...string[]] | undefined): NativeHost {
  host = new NativeHost({ socketPath: join(folder, 's'), startCommand, logPath: join(folder, 'log') })
  return host
}

const engine = (): readonly [string, ...string[]] => [process.execPath, join(folder, 'engine.cjs'), join(folder, 's'), join(folder, 'pid')]

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

describe('the native host', () => {
  test('knows at once when the engine comes and goes, without being asked', async () => {
    hostWith(engine())
    const seen: HostStatus['state'][] = []
    host.onChange(({ state }) => seen.push(state))
    host.watch()
    expect(host.status.state).toBe('stopped')
    expect((await host.start()).state).toBe('running')
    kill(Number(await readFile(join(folder, 'pid'), 'utf8')))
    await until('the host to notice', () => host.status.state === 'stopped')
    expect(host.status.detail).not.toBe('')
    await host.start()
    expect(seen.filter((state, index) => state !== seen[index - 1])).toEqual(['starting', 'running', 'stopped', 'starting', 'running'])
  })

  test('starts one engine, however often it is asked', async () => {
    hostWith(engine())
    host.watch()
    const states = await Promise.all([host.start(), host.start(), host.start()])
    expect(states.map(({ state }) => state)).toEqual(['running', 'running', 'running'])
    expect((await host.start()).state).toBe('running')
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('engine up\n')
  })

  test("a start that fails says why, in the engine's last words", async () => {
    hostWith([process.execPath, '-e', 'console.error("no space left on device"); process.exit(3)'])
    host.watch()
    const status = await host.start()
    expect(status.state).toBe('failed')
    expect(status.detail).toContain('code 3')
    expect(status.detail).toContain('no space left on device')
  })

  test('a failed start stays on show while the engine is away, and can be tried again', async () => {
    hostWith(['/nowhere/engineroom'])
    host.watch()
    expect((await host.start()).detail).toContain('/nowhere/engineroom: No such file or directory')
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(host.status.state).toBe('failed')
    expect((await host.start()).state).toBe('failed')
  })

  test('without a command it starts nothing and says what a person can do', async () => {
    hostWith(undefined)
    host.watch()
    const status = await host.start()
    expect(status.state).toBe('stopped')
    expect(status.detail).toContain('./engineroom daemon')
  })

  test('something else on the socket is a failure, not an engine', async () => {
    await writeFile(join(folder, 'engine.cjs'), ENGINE.replaceAll('200', '404'))
    hostWith(engine())
    host.watch()
    expect((await host.start()).detail).toContain('no engine: status 404')
  })
})
