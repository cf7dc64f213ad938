import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stillMachine } from '../../../testing/still-machine.ts'
import { stillSpec } from '../../../testing/still-spec.ts'
import { UnixServer } from '../../../testing/unix-server.ts'
import { makeVmFolder, type VmFolder, vmFolder } from '../vm-folder.ts'
import { type SuspendParts, suspendVm } from './suspend-vm.ts'
import { suspendedState } from './suspended-state.ts'

let home: string
let folder: VmFolder
let containers: unknown[]
let engine: AsyncDisposable & { readonly socketPath: string }
/** Where connections were led to, one after the other. */
let led: (number | undefined)[]
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'er-unit-'))
  containers = []
  engine = await UnixServer.http((_, response) => void response.end(JSON.stringify(containers)))
  folder = { ...vmFolder('mine', { home, platform: 'linux' }), engineSocket: engine.socketPath }
  await makeVmFolder(folder)
  await writeFile(folder.ownDisk, 'the disk')
  led = []
})
afterEach(async () => {
  await engine[Symbol.asyncDispose]()
  await rm(home, { recursive: true })
})

function suspend(parts: Partial<SuspendParts> = {}): Promise<void> {
  return suspendVm({
    driver: { capabilities: { shares: '9p', givesFilesAway: true, balloon: false, onlineResize: false, suspend: true } },
    machine: stillMachine({ enginePort: 7, suspend: (path) => writeFile(path, 'a state') }),
    spec: stillSpec(folder, { shares: [{ tag: 'share0', path: '/home/me' }] }),
    folder,
    forwarder: { lead: (destination) => void led.push(destination?.port), session: Buffer.from('a session') },
    make: 'a make',
    makeOf: async () => 'a make',
    ...parts,
  })
}

test('clients are turned away first, and the state counts in the end', async () => {
  await suspend()
  const state = await suspendedState(folder)
  expect([led, state?.stateBytes, state?.session]).toEqual([[undefined], 7, Buffer.from('a session')])
})

test('what fails in the middle leaves nothing, and clients are let in again', async () => {
  const machine = stillMachine({
    enginePort: 7,
    async suspend(path) {
      await writeFile(path, 'half')
      throw new Error('No space left on device')
    },
  })
  await expect(suspend({ machine })).rejects.toThrow('No space left on device')
  expect([led, await readdir(folder.folder)]).toEqual([[undefined, 7], ['data.qcow2']])
})

test('a container that has a folder of this computer is named', async () => {
  const container = (name: string, State: string, Source: string) => ({ Names: [`/${name}`], State, Mounts: [{ Type: 'bind', Source }] })
  containers = [
    container('web', 'running', '/home/me/site'),
    container('whole', 'paused', '/home/me'),
    container('other', 'running', '/home/mean'),
    container('over', 'exited', '/home/me'),
  ]
  await expect(suspend()).rejects.toThrow('Folders of this computer are mounted in: web, whole.')
  expect(led).toEqual([])
})

test.each<[string, Partial<SuspendParts>]>([
  [
    'This VM cannot be suspended on this computer.',
    { driver: { capabilities: { shares: 'none', givesFilesAway: true, balloon: false, onlineResize: false, suspend: false } } },
  ],
  ['Since the VM was started QEMU, its image or its certificates have changed', { makeOf: async () => 'another' }],
])('it is refused before anything is done: %s', async (words, parts) => {
  await expect(suspend(parts)).rejects.toThrow(words)
  expect([led, await suspendedState(folder)]).toEqual([[], undefined])
})
