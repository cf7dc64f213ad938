import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../../tests/harness/until.ts'
import { type Stage, stagesBeforeBoot } from './boot/stages.ts'
import { ConsoleLog } from './console-log.ts'
import type { VmStatus } from './status.ts'
import { ControlServer } from './supervisor/control-server.ts'
import { keepSuspended } from './suspend/suspended-state.ts'
import { makeVmFolder, type VmFolder, vmFolder } from './vm-folder.ts'
import { VmHost } from './vm-host.ts'

let home: string
let folder: VmFolder
let host: VmHost
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'er-vm-'))
  folder = vmFolder('default', { home, platform: process.platform })
  await makeVmFolder(folder)
})
afterEach(async () => {
  host.close()
  await rm(home, { recursive: true })
})

/** @param script what `engineroom vm` does, by a shell */
function hostWith(script: string): VmHost {
  host = new VmHost({ folder, command: ['/bin/sh', '-c', script, 'vm'], logPath: join(home, 'log') })
  return host
}

/** Plays the supervisor: tells the states that it is given. `await using` it. */
class Supervisor implements AsyncDisposable {
  readonly #console = new ConsoleLog(folder.consoleLog)
  readonly #listeners = new Set<() => void>()
  readonly #server: ControlServer
  #state: Partial<VmStatus> = {}
  stops = 0
  wakes = 0
  readonly resizes: number[] = []

  private constructor() {
    this.#server = new ControlServer({
      status: async () => ({
        ...{ name: 'default', state: 'starting', stages: stagesBeforeBoot(), socket: folder.engineSocket, driver: 'fake', cpus: 1, crashes: 0, cpu: {} },
        ...{ memory: { sizeBytes: 1 }, disk: { path: folder.ownDisk, sizeBytes: 1 }, shares: [] },
        ...this.#state,
      }),
      onChange: (listener) => {
        this.#listeners.add(listener)
        return () => void this.#listeners.delete(listener)
      },
      console: this.#console,
      suspend: async () => undefined,
      stop: async () => {
        this.stops++
      },
      tellGuest: async () => void this.wakes++,
      setProxies: async () => undefined,
      resize: async (bytes) => void this.resizes.push(bytes),
    })
  }

  static async listen(): Promise<Supervisor> {
    const supervisor = new Supervisor()
    await supervisor.#server.listen(folder.controlSocket)
    return supervisor
  }

  tell(state: Partial<VmStatus>): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close()
    await this.#console.close()
  }
}

const shows = (state: string, detail: string) => until(`${state} ${detail}`, () => host.status.state === state && host.status.detail === detail)
const failure = { cause: 'It went off.', remedy: 'It is started again.', lastLines: ['panic'] }

describe('a host that is a VM', () => {
  test('follows it: stages of the boot, a crash and why until it runs again, its end', async () => {
    await using supervisor = await Supervisor.listen()
    hostWith('exit 1').watch()
    const stages = stagesBeforeBoot().map((stage): Stage => ({ ...stage, state: stage.name === 'kernel' ? 'running' : 'waiting' }))
    supervisor.tell({ stages })
    await until('the stages', () => host.status.state === 'starting' && host.status.stages.some(({ state }) => state === 'running'))
    supervisor.tell({ state: 'running', hint: 'Make a new image.' })
    await shows('running', '')
    expect(host.status).toMatchObject({ kind: 'vm', stages: [], lastLines: [], canStop: true, hint: 'Make a new image.' })
    supervisor.tell({ state: 'waiting', failure })
    await shows('starting', 'It went off.')
    expect(host.status).toMatchObject({ remedy: 'It is started again.', lastLines: ['panic'], stages: [] })
    supervisor.tell({ state: 'starting', stages })
    await until('the second boot', () => host.status.stages.length > 0)
    expect(host.status).toMatchObject({ state: 'starting', detail: 'It went off.' })
    supervisor.tell({ state: 'running' })
    await shows('running', '')
    supervisor.tell({ state: 'stopping' })
    await shows('stopping', '')
    supervisor.tell({ state: 'failed', failure: { ...failure, remedy: 'Read its log.' } })
    await shows('failed', 'It went off.')
    await supervisor[Symbol.asyncDispose]()
    expect(host.status).toMatchObject({ state: 'failed', remedy: 'Read its log.' })
  })

  test('that goes away is off', async () => {
    hostWith('exit 1').watch()
    {
      await using supervisor = await Supervisor.listen()
      supervisor.tell({ state: 'running' })
      await until('it to run', () => host.status.state === 'running')
    }
    await shows('stopped', 'The virtual machine is off.')
  })

  test('is stopped by its supervisor', async () => {
    await using supervisor = await Supervisor.listen()
    expect(await hostWith('exit 1').stop()).toMatchObject({ state: 'stopped' })
    expect(supervisor.stops).toBe(1)
  })

  test.each(['restart', 'repair'] as const)('is made anew in part: %s', async (size) => {
    expect(await hostWith(`[ "$*" = "reset ${size} --yes --name default" ]`).reset({ size })).toMatchObject({ state: 'running' })
  })

  test('is erased when its name was typed, and is off then', async () => {
    hostWith('[ "$*" = "reset erase --yes --name default" ]')
    await expect(host.reset({ size: 'erase', typedName: 'Default' })).rejects.toThrow('Nothing was erased: its name is default.')
    expect(await host.reset({ size: 'erase', typedName: 'default' })).toMatchObject({ state: 'stopped' })
  })

  test('says what it takes of this computer, on or off', async () => {
    hostWith('exit 1')
    expect(await host.usage()).toMatchObject({ name: 'default', disk: { path: folder.ownDisk } })
    await using supervisor = await Supervisor.listen()
    supervisor.tell({ state: 'running', cpu: { seconds: 3 }, memory: { sizeBytes: 8, hostBytes: 5 } })
    expect(await host.usage()).toMatchObject({ cpuSeconds: 3, memory: { sizeBytes: 8, hostBytes: 5 }, disk: { path: folder.ownDisk, sizeBytes: 1 } })
  })

  test('hears of it that the computer woke up, if it is on', async () => {
    await hostWith('exit 1').awake()
    await using supervisor = await Supervisor.listen()
    await host.awake()
    expect(supervisor.wakes).toBe(1)
  })

  test('has a larger disk while it is on, without a restart; all else restarts it', async () => {
    hostWith('[ "$*" = "restart --memory 1073741824 --share /srv --name default" ]')
    const { diskBytes } = await host.machine()
    await expect(host.changeMachine({ diskBytes: diskBytes / 2 })).rejects.toThrow('it can become larger, and not smaller')
    await expect(host.changeMachine({ shares: ['/etc'] })).rejects.toThrow('/etc cannot be shared with the VM')
    await using supervisor = await Supervisor.listen()
    supervisor.tell({ state: 'running' })
    expect((await host.changeMachine({ diskBytes: diskBytes * 2 })).work).toMatchObject({ kind: 'change', phase: 'done' })
    expect(supervisor.resizes).toEqual([diskBytes * 2])
    expect((await host.changeMachine({ memoryBytes: 1024 ** 3, shares: ['/srv'] })).work).toMatchObject({ kind: 'change', phase: 'done', error: '' })
    expect(supervisor.resizes).toHaveLength(1)
  })

  test('that is off keeps what it is given for its next start', async () => {
    await hostWith('exit 1').changeMachine({ cpus: 1 })
    expect(await host.machine()).toMatchObject({ cpus: 1 })
  })

  test('that was suspended is off, and says so', async () => {
    await writeFile(folder.ownDisk, '')
    await writeFile(folder.stateFile, '')
    await keepSuspended(folder, folder.ownDisk, '')
    expect(await hostWith('exit 1').stop()).toMatchObject({ state: 'stopped', detail: expect.stringContaining('is suspended') })
  })

  test('is started once, and shows at which stage and why that failed', async () => {
    await writeFile(folder.lastFailure, JSON.stringify({ ...failure, cause: 'of another time' }))
    const told = JSON.stringify({ stage: 'disk', cause: 'no room', remedy: 'Make some.', lastLines: [] })
    hostWith(`[ "$*" = "start --name default" ] && [ ! -e ${folder.lastFailure} ] && echo '${told}' > ${folder.lastFailure}; exit 1`)
    const [one, other] = await Promise.all([host.start(), host.start()])
    expect(one).toBe(other)
    expect(one).toMatchObject({ state: 'failed', detail: 'no room', remedy: 'Make some.', canStart: true })
    expect(one.stages.slice(0, 3).map(({ state }) => state)).toEqual(['done', 'failed', 'waiting'])
  })

  test('says what its start said, when nothing was left to read', async () => {
    expect(await hostWith('echo "settings.json has settings that this version does not know" >&2; exit 1').start()).toMatchObject({
      state: 'failed',
      detail: 'settings.json has settings that this version does not know',
      stages: [],
    })
  })
})
