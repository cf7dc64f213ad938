import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../../../tests/harness/until.ts'
import { stillMachine } from '../../../testing/still-machine.ts'
import { stillNetwork } from '../../../testing/still-network.ts'
import { ConsoleLog } from '../console-log.ts'
import type { Machine, MachineEnd, VmDriver } from '../driver.ts'
import { FakeDriver } from '../fake/fake-driver.ts'
import { defaultSettings } from '../settings.ts'
import { vmFolder } from '../vm-folder.ts'
import { type BootDisk, boot } from './boot.ts'
import { BootProgress } from './boot-progress.ts'
import type { StageName } from './stages.ts'

let home: string
let console: ConsoleLog
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'er-unit-'))
  for (const side of ['server', 'client']) {
    await mkdir(join(folder().certificates, side), { recursive: true })
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) await writeFile(join(folder().certificates, side, name), '')
  }
  const file = { name: 'empty', sizeBytes: 0, sha256: '' }
  await writeFile(join(home, 'empty'), '')
  await writeFile(
    join(home, 'manifest.json'),
    JSON.stringify({ format: 1, arch: 'x86_64', commandLine: '', files: { kernel: file, initrd: file, root: file } }),
  )
  console = new ConsoleLog(folder().consoleLog)
})
afterEach(async () => {
  await console.close()
  await rm(home, { recursive: true })
})

const folder = () => vmFolder('default', { home, platform: 'linux' })

/** A machine that tells how it was switched off. @param line of its console */
function switchable(line = '') {
  const { promise: ended, resolve: end } = Promise.withResolvers<MachineEnd>()
  const seen: string[] = []
  const off = (what: string) => async () => {
    seen.push(what)
    end({ reason: what })
  }
  const onLine: Machine['onLine'] = (listener) => listener(line)
  return { machine: stillMachine({ ended, onLine, pressPowerButton: off('power button'), cutPower: off('plug') }), seen }
}

/** Begins a boot with a driver that starts machines in this way. */
function begin(start: () => Promise<Machine>, stop: AbortSignal, diskParts: Partial<BootDisk> = {}) {
  const progress = new BootProgress(() => undefined)
  const driver: VmDriver = Object.assign(new FakeDriver(), { start })
  const settings = { ...defaultSettings(home), diskBytes: 1024 }
  const disk = { path: folder().ownDisk, mustExist: false, keep: async () => undefined, ...diskParts }
  const booted = boot({ driver, folder: folder(), settings, disk, console, client: ['false'], builder: ['false'], network: stillNetwork() }, progress, stop)
  const at = (stage: StageName) => until(stage, () => progress.stages.some(({ name, state }) => name === stage && state === 'running'))
  return { booted, at }
}

const told = new Error('The VM was told to stop.')

test('a boot that is called off has its guest end in order', async () => {
  const { machine, seen } = switchable()
  const stop = new AbortController()
  const { booted, at } = begin(async () => machine, stop.signal)
  await at('kernel')
  stop.abort(told)
  await expect(booted).rejects.toThrow(told)
  expect(seen).toEqual(['power button'])
})

test('one that is called off while the machine is powered on leaves none', async () => {
  const { machine, seen } = switchable()
  const stop = new AbortController()
  const starting = Promise.withResolvers<Machine>()
  const { booted, at } = begin(() => starting.promise, stop.signal)
  await at('vm')
  const failed = expect(booted).rejects.toThrow(told)
  stop.abort(told)
  starting.resolve(machine)
  await failed
  expect(seen).toEqual(['power button'])
})

test('so has one that fails: the guest may have written already', async () => {
  const { machine, seen } = switchable('engineroom: stage kernel failed no disk')
  const { booted } = begin(async () => machine, new AbortController().signal)
  await expect(booted).rejects.toThrow('In the guest: no disk')
  expect(seen).toEqual(['power button'])
})
