import type { CommandLine } from './command-line/command-line.ts'
import type { Registries } from './docker/registries.ts'
import { isWebAddress } from './forward/origin.ts'
import type { Terminals } from './forward/terminals.ts'
import type { ChosenHost } from './hosts/chosen-host.ts'
import type { OtherEngines } from './hosts/context/other-engines.ts'
import type { AppSpending, Calls, HostCheck, HostChoice, HostStatus } from './ipc/contract.ts'
import type { AppChoices } from './settings/app-choices.ts'
import type { Updates } from './updates/updates.ts'

export interface CallParts {
  readonly host: ChosenHost
  readonly otherEngines: OtherEngines
  readonly terminals: Terminals
  readonly registries: Registries
  readonly commandLine: CommandLine
  readonly choices: AppChoices
  readonly updates: Updates
  /** Has the window show the engine of another host. */
  readonly choose: (choice: HostChoice) => Promise<HostStatus>
  /** How this computer's programs find the engine. */
  readonly checkHost: () => Promise<HostCheck[]>
  /** Loads the image of a first container; its name. */
  readonly loadFirstImage: () => Promise<string>
  /** What the window's processes take now. */
  readonly spending: () => AppSpending
  /** Opens an address in the person's browser. */
  readonly openExternal: (url: string) => Promise<void>
}

/** What the page can ask for. */
export function desktopCalls({
  host,
  otherEngines,
  terminals,
  registries,
  commandLine,
  choices,
  updates,
  choose,
  checkHost,
  loadFirstImage,
  spending,
  openExternal,
}: CallParts): Calls {
  return {
    'terminal.open': async (place) => ({ terminalId: await terminals.open(place) }),
    'terminal.write': async ({ terminalId, data }) => {
      await terminals.write(terminalId, data)
      return {}
    },
    'terminal.take': async ({ terminalId, bytes }) => {
      terminals.take(terminalId, bytes)
      return {}
    },
    'terminal.close': async ({ terminalId }) => {
      terminals.close(terminalId)
      return {}
    },
    'host.status': async () => host.status,
    'host.start': () => host.start(),
    'host.stop': () => host.stop(),
    'host.choose': (choice) => choose(choice),
    'host.contexts': () => otherEngines.contexts(),
    'host.ask': (choice) => otherEngines.ask(choice),
    'host.usage': () => host.usage(),
    'host.reset': (reset) => host.reset(reset),
    'host.machine': () => host.machine(),
    'host.changeMachine': (change) => host.changeMachine(change),
    'host.compact': () => host.compact(),
    'host.dismissWork': ({ id }) => host.dismissWork(id),
    'host.checks': () => checkHost(),
    // It is about the engine of this computer.
    'commandLine.look': async () => (host.status.kind === 'context' ? [] : commandLine.look()),
    'commandLine.change': ({ id, deed }) => commandLine.change(id, deed),
    'registry.logins': () => registries.logins(),
    'registry.login': async (login) => {
      await registries.login(login)
      return {}
    },
    'registry.logout': async ({ server }) => {
      await registries.logout(server)
      return {}
    },
    'registry.browse': (what) => registries.browse(what),
    'app.settings': async () => choices.get(),
    'app.change': async (changes) => choices.change(changes),
    'updates.status': async () => updates.status,
    'updates.look': () => updates.look(),
    'updates.fetch': () => updates.fetch(),
    'updates.install': () => updates.install(),
    'firstRun.image': async () => ({ name: await loadFirstImage() }),
    'app.spending': async () => spending(),
    'shell.openExternal': async ({ url }) => {
      if (!isWebAddress(url)) throw new Error(`Not a web address: ${url}`)
      await openExternal(url)
      return {}
    },
  }
}
