import { expect, test } from 'vitest'
import { until } from '../../../tests/harness/until.ts'
import { stillMachine } from '../../testing/still-machine.ts'
import { BootError } from './boot/boot-progress.ts'
import type { MachineEnd } from './driver.ts'
import { PlainError } from './plain-error.ts'
import { type Patience, Vm } from './vm.ts'

/** A VM whose machines boot at once, but for these failures after the first, and end when they are told to. */
function vmWith(patience: Patience, bootFailures: Error[] = []) {
  const machines: { readonly end: (end: MachineEnd) => void }[] = []
  const boot = async () => {
    if (bootFailures.length > 0 && machines.length > 0) throw bootFailures.pop()
    const { promise: ended, resolve: end } = Promise.withResolvers<MachineEnd>()
    machines.push({ end })
    const pressPowerButton = async () => end({ reason: 'It was told to.' })
    return { machine: stillMachine({ ended, pressPowerButton }), tellGuest: async () => undefined, closeSocket: async () => undefined }
  }
  const vm = new Vm({ boot, lastLines: () => ['the last line'], changed: () => undefined }, patience)
  const crash = async () => {
    await until('the VM to run', () => vm.state.status === 'running')
    const { crashes } = vm
    machines.at(-1)?.end({ reason: 'The guest panicked.' })
    await until('the crash to be seen', () => vm.crashes > crashes)
  }
  return { vm, machines, crash }
}

test('a VM that crashes is started again, and says so', async () => {
  const { vm, crash } = vmWith({ waitsMs: [60_000], stableAfterMs: 60_000 })
  vm.start()
  await crash()
  expect(vm.state).toMatchObject({
    status: 'waiting',
    failure: {
      cause: 'The machine went off by itself. The guest panicked.',
      remedy: expect.stringContaining('It is started again.'),
      lastLines: ['the last line'],
    },
  })
  await vm.stop()
  expect(vm.state).toEqual({ status: 'stopped' })
})

test('one that crashes too often stays down, and says that', async () => {
  const { vm, machines, crash } = vmWith({ waitsMs: [0, 0], stableAfterMs: 60_000 })
  vm.start()
  for (let times = 0; times < 3; times++) await crash()
  await until('the end', () => vm.state.status === 'failed')
  expect(vm.state).toMatchObject({ failure: { remedy: expect.stringContaining('It happened too often to be tried again') } })
  expect([machines.length, vm.crashes]).toEqual([3, 3])
})

test('crashes of one that runs well for long in between do not add up', async () => {
  const { vm, crash } = vmWith({ waitsMs: [0], stableAfterMs: 0 })
  vm.start()
  for (let times = 0; times < 4; times++) await crash()
  await until('the VM to run', () => vm.state.status === 'running')
  expect(vm.crashes).toBe(4)
  await vm.stop()
  expect(vm.state).toEqual({ status: 'stopped' })
})

test('a boot that fails after a crash says what comes next, and what is to be done about it', async () => {
  const { vm, crash } = vmWith({ waitsMs: [0, 60_000], stableAfterMs: 60_000 }, [new BootError('network', new PlainError('There is none.', 'Plug it in.'))])
  vm.start()
  await crash()
  await until('the boot to fail', () => vm.crashes === 2)
  expect(vm.state).toMatchObject({ status: 'waiting', failure: { stage: 'network', remedy: expect.stringMatching(/^It is started again\. .* Plug it in\.$/) } })
  await vm.stop()
})
