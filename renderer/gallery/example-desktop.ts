import type { Calls, DesktopBridge, EventOf, events, HostStatus } from '../../electron/ipc/contract.ts'
import { COMMAND_LINE, HOST, HOST_USAGE, MACHINE, SPENDING, UPDATE } from './examples/desktop.ts'

const settings = {
  staysInTray: true,
  tellsCrashes: true,
  tellsLoops: true,
  tellsDisk: false,
  hasSeenFirstRun: true,
  language: 'system',
  updates: 'tell',
  updateFeed: 'https://example.org/engineroom',
  opensAtLogin: false,
} as const

const host = (): Promise<HostStatus> => Promise.resolve(HOST)
const nothing = () => Promise.resolve({})

const calls: Calls = {
  'terminal.open': () => Promise.resolve({ terminalId: 'example' }),
  'terminal.write': nothing,
  'terminal.take': nothing,
  'terminal.close': nothing,
  'host.status': host,
  'host.start': host,
  'host.stop': host,
  'host.choose': host,
  'host.reset': host,
  'host.machine': () => Promise.resolve(MACHINE),
  'host.changeMachine': host,
  'host.compact': host,
  'host.dismissWork': host,
  'host.contexts': () => Promise.resolve([{ name: 'example', host: 'ssh://example@example.org', about: '' }]),
  'host.ask': () => Promise.resolve({ version: { Version: '0.0.0', ApiVersion: '1.51' } }),
  'host.usage': () => Promise.resolve(HOST_USAGE),
  'host.checks': () => Promise.resolve([]),
  'commandLine.look': () => Promise.resolve([...COMMAND_LINE]),
  'commandLine.change': () => Promise.resolve([...COMMAND_LINE]),
  'registry.logins': () => Promise.resolve([]),
  'registry.login': nothing,
  'registry.logout': nothing,
  'registry.browse': (what) => Promise.resolve('registry' in what ? ['example/team/api', 'example/team/web'] : ['1', '1.4', 'latest']),
  'app.settings': () => Promise.resolve({ ...settings }),
  'app.change': (changes) => Promise.resolve({ ...settings, ...changes }),
  'updates.status': () => Promise.resolve(UPDATE),
  'updates.look': () => Promise.resolve(UPDATE),
  'updates.fetch': () => Promise.resolve(UPDATE),
  'updates.install': () => Promise.resolve(UPDATE),
  'firstRun.image': () => Promise.resolve({ name: 'hello-engineroom' }),
  'app.spending': () => Promise.resolve(SPENDING),
  'shell.openExternal': nothing,
}

/** What it says without being asked. */
const told: { readonly [E in keyof typeof events]: readonly EventOf<E>[] } = {
  'terminal.data': [{ terminalId: 'example', data: new TextEncoder().encode('/ # ls /srv\r\n\u001b[1;34massets\u001b[m  index.html\r\n/ # ') }],
  'terminal.closed': [],
  'updates.changed': [],
  'host.changed': [],
  'place.asked': [],
}

/** A desktop that gives examples, changes nothing, and has a shell with a prompt. */
export const exampleDesktop: DesktopBridge = {
  platform: 'linux',
  call: (name, argument) => calls[name](argument),
  on(name, listener) {
    queueMicrotask(() => {
      for (const event of told[name]) void listener(event)
    })
    return () => {}
  },
}
