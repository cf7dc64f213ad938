import { askEngine } from '../ask-engine.ts'
import { isWebAddress } from '../forward/origin.ts'
import type { EngineHost } from '../hosts/engine-host.ts'
import type { LoginStart } from './login-start.ts'
import { containerPlace, SETTINGS_PLACE } from './places.ts'
import type { TrayAction } from './tray-model.ts'

export interface TrayActParts {
  readonly host: EngineHost
  readonly login: LoginStart
  /** Shows the window, at a place in its page where one is named. */
  readonly open: (place?: string) => void
  readonly openExternal: (url: string) => Promise<void>
  readonly quit: () => void
}

/** Does what was chosen in the tray. @throws Error with the words of whoever refused */
export async function trayAct(action: TrayAction, { host, login, open, openExternal, quit }: TrayActParts): Promise<void> {
  switch (action.kind) {
    case 'open':
      return open(action.container && containerPlace(action.container))
    case 'settings':
      return open(SETTINGS_PLACE)
    case 'engine':
      return engineAct(action.deed, host)
    case 'containers':
      await Promise.all(action.ids.map((id) => askEngine(host.socketPath, 'POST', `/containers/${id}/${action.deed}`)))
      return
    case 'browse':
      if (isWebAddress(action.url)) await openExternal(action.url)
      return
    case 'login-start':
      return login.set(action.isOn)
    case 'quit':
      return quit()
  }
}

async function engineAct(deed: 'start' | 'stop' | 'restart', host: EngineHost): Promise<void> {
  if (deed === 'start') await host.start()
  else if (deed === 'stop') await host.stop()
  else if (host.status.kind === 'vm') await host.reset({ size: 'restart' })
  else await askEngine(host.socketPath, 'POST', '/engineroom/v1/restart')
}
