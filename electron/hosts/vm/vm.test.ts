import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { until } from '../../../tests/harness/until.ts'
import { stillMachine } from '../../testing/still-machine.ts'
import { PlainError } from '../plain-error.ts'
import { BootError } from './boot/boot-progress.ts'
import type { MachineEnd } from './driver.ts'
import { type Patience, Vm } from './vm.ts'

/** A VM whose machines boot at once, but for these failures after the first, and end when they are told to. */
function vmWith(patience: Patience, bootFailures: Error[] = []) {
  const machines: { readonly end: (end: MachineEnd) => void; readonly suspending: PromiseWithResolvers<void> }[] = []
  const boot = async () => {
    if (bootFailures.length > 0 && machines.length > 0) throw bootFailures.pop()
    const { promise: ended, resolve: end } = Promise.withResolvers<MachineEnd>()
    const suspending = Promise.withResolvers<void>()
    machines.push({ end, suspending })
    const suspend = () => suspending.promise
    const pressPowerButton = async () => end({ reason: 'It was told to.' })
    return { machine: stillMachine({ ended, pressPowerButton }), tellGuest: async () => undefined, suspend, closeSocket: async () => undefined }
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

/** It boots, and somebody has it suspended. */
async function beingSuspended() {
  const { vm, machines } = vmWith({ waitsMs: [60_000], stableAfterMs: 60_000 })
  vm.start()
  await until('the VM to run', () => vm.state.status === 'running')
  const asked = vm.suspend()
  expect(vm.state.status).toBe('suspending')
  const [machine] = machines
  if (!machine) throw new Error('there is no machine')
  return { vm, machine, asked }
}

test('a VM is suspended when its machine is off and all is on the disk', async () => {
  const { vm, machine, asked } = await beingSuspended()
  machine.end({ reason: 'It was suspended.' })
  await setImmediate()
  expect(vm.state.status).toBe('suspending')
  machine.suspending.resolve()
  await asked
  expect([vm.state, vm.crashes]).toEqual([{ status: 'stopped' }, 0])
})

test('one that cannot be suspended goes on, and says why', async () => {
  const { vm, machine, asked } = await beingSuspended()
  machine.suspending.reject(new Error('There is no room.'))
  await expect(asked).rejects.toThrow('There is no room.')
  expect(vm.state).toMatchObject({ status: 'running', attempt: 1 })
  await vm.stop()
  await expect(vm.suspend()).rejects.toThrow('A VM that is stopped cannot be suspended.')
})

test('one that goes off while it is suspended has crashed', async () => {
  const { vm, machine, asked } = await beingSuspended()
  machine.end({ reason: 'It was killed.' })
  machine.suspending.reject(new Error('QEMU has closed its monitor'))
  await expect(asked).rejects.toThrow('QEMU has closed its monitor')
  await until('the crash to be seen', () => vm.crashes === 1)
  expect(vm.state).toMatchObject({ status: 'waiting', failure: { cause: 'The machine went off by itself. It was killed.' } })
  await vm.stop()
})

test('one that is told to stop while it is suspended is suspended', async () => {
  const { vm, machine, asked } = await beingSuspended()
  const stopped = vm.stop()
  machine.end({ reason: 'It was suspended.' })
  machine.suspending.resolve()
  await Promise.all([asked, stopped])
  expect(vm.state).toEqual({ status: 'stopped' })
})
