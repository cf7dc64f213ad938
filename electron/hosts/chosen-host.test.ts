import { expect, test } from 'vitest'
import type { HostChoice, HostKind, HostStatus } from '../ipc/contract.ts'
import { someStatus } from '../testing/some-status.ts'
import { ChosenHost, type Hosts } from './chosen-host.ts'
import type { EngineHost } from './engine-host.ts'

/** A host that notes what is asked of it. */
function hostOf(kind: HostKind) {
  const asked: string[] = []
  const listeners = new Set<(status: HostStatus) => void>()
  const status = someStatus({ kind, socketPath: `/${kind}.sock` })
  const note = (what: string) => async () => {
    asked.push(what)
    return status
  }
  const host: EngineHost = {
    socketPath: status.socketPath,
    apiVersion: undefined,
    status,
    watch: () => void asked.push('watch'),
    start: note('start'),
    stop: note('stop'),
    usage: async () => {
      throw new Error('nobody asks for this')
    },
    reset: note('reset'),
    machine: async () => {
      throw new Error('nobody asks for this')
    },
    changeMachine: note('changeMachine'),
    compact: note('compact'),
    dismissWork: note('dismissWork'),
    awake: async () => void asked.push('awake'),
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => void asked.push('close'),
  }
  const change = () => {
    for (const listener of listeners) listener(status)
  }
  return { host, asked, change }
}

const noContext = () => {
  throw new Error('nobody asks for a context')
}

function hostsOf(native: ReturnType<typeof hostOf>, vm: ReturnType<typeof hostOf>, inContext: (name: string) => EngineHost = noContext): Hosts {
  return { native: native.host, others: { vm: vm.host, inContext } }
}

test('the one that was chosen is asked, and the choice is kept', async () => {
  const [native, vm, kept, told]: [ReturnType<typeof hostOf>, ReturnType<typeof hostOf>, HostChoice[], string[]] = [hostOf('native'), hostOf('vm'), [], []]
  const chosen = new ChosenHost(hostsOf(native, vm), { kind: 'native' }, (choice) => void kept.push(choice))
  chosen.onChange(({ kind }) => void told.push(kind))
  chosen.watch()
  expect([chosen.socketPath, chosen.status.canChoose]).toEqual(['/native.sock', true])
  expect(chosen.choose({ kind: 'vm' })).toMatchObject({ kind: 'vm', canChoose: true })
  expect(chosen.socketPath).toBe('/vm.sock')
  await chosen.start()
  await chosen.stop()
  native.change() // Nobody looks there now.
  vm.change()
  chosen.choose({ kind: 'native' })
  chosen.close()
  expect([native.asked, vm.asked]).toEqual([
    ['watch', 'close'],
    ['watch', 'start', 'stop', 'close'],
  ])
  expect([kept, told]).toEqual([
    [{ kind: 'vm' }, { kind: 'native' }],
    ['vm', 'vm', 'native'],
  ])
})

test('where there is one, there is nothing to choose', () => {
  const { host } = hostOf('native')
  const chosen = new ChosenHost({ native: host }, { kind: 'vm' }, () => expect.fail('nothing was chosen'))
  expect(chosen.status).toMatchObject({ kind: 'native', canChoose: false })
  expect(() => chosen.choose({ kind: 'vm' })).toThrow('opened for one engine')
})

test('where an administrator has chosen, nobody else does, and the reason is told', () => {
  const [native, vm] = [hostOf('native'), hostOf('vm')]
  const chosen = new ChosenHost(hostsOf(native, vm), { kind: 'native' }, () => expect.fail('nothing was chosen'), '/managed.json')
  expect(chosen.status).toMatchObject({ kind: 'native', canChoose: false, choiceLockedBy: '/managed.json' })
  expect(() => chosen.choose({ kind: 'vm' })).toThrow('set by the administrator of this computer, in /managed.json')
})

test('a clock is put right after a sleep also where nobody looks', async () => {
  const [native, vm] = [hostOf('native'), hostOf('vm')]
  await new ChosenHost(hostsOf(native, vm), { kind: 'native' }, () => undefined).awake()
  expect(vm.asked).toEqual(['awake'])
})

test('nothing is kept open to the engine of a context that nobody looks at', () => {
  const [native, vm, made]: [ReturnType<typeof hostOf>, ReturnType<typeof hostOf>, ReturnType<typeof hostOf>[]] = [hostOf('native'), hostOf('vm'), []]
  const kept: HostChoice[] = []
  const inContext = (name: string) => {
    expect(name).toBe('far')
    made.push(hostOf('context'))
    return made.at(-1)?.host ?? native.host
  }
  const chosen = new ChosenHost(hostsOf(native, vm, inContext), { kind: 'native' }, (choice) => void kept.push(choice))
  chosen.watch()
  expect(chosen.choose({ kind: 'context', name: 'far' })).toMatchObject({ kind: 'context', canChoose: true })
  chosen.choose({ kind: 'native' })
  chosen.choose({ kind: 'context', name: 'far' })
  expect(made.map(({ asked }) => asked)).toEqual([['watch', 'close'], ['watch']])
  expect(native.asked).toEqual(['watch'])
  expect(kept).toEqual([{ kind: 'context', name: 'far' }, { kind: 'native' }, { kind: 'context', name: 'far' }])
})
