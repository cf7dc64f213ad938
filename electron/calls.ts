import { isWebAddress } from './forward/origin.ts'
import type { Terminals } from './forward/terminals.ts'
import type { EngineHost } from './hosts/engine-host.ts'
import type { Calls } from './ipc/contract.ts'

export interface CallParts {
  readonly host: EngineHost
  readonly terminals: Terminals
  /** Opens an address in the person's browser. */
  readonly openExternal: (url: string) => Promise<void>
}

/** What the page can ask for. */
export function desktopCalls({ host, terminals, openExternal }: CallParts): Calls {
  return {
    'terminal.open': async ({ execId }) => ({ terminalId: await terminals.open(execId) }),
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
    'shell.openExternal': async ({ url }) => {
      if (!isWebAddress(url)) throw new Error(`Not a web address: ${url}`)
      await openExternal(url)
      return {}
    },
  }
}
