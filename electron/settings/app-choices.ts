import type { LoginStart } from '../desktop/login-start.ts'
import type { AppSettings } from '../ipc/contract.ts'
import { changeDesktopSettings, readDesktopSettings } from './desktop-settings.ts'
import type { ManagedSettings } from './managed-settings.ts'

/** What a person chooses for the app, wherever it is kept: in our own file, or with the system. */
export class AppChoices {
  readonly #path: string
  readonly #managed: ManagedSettings
  readonly #login: LoginStart
  readonly #changed: () => void

  /** @param path of our own file @param managed by the administrator @param changed told after each change */
  constructor(path: string, managed: ManagedSettings, login: LoginStart, changed: () => void) {
    this.#path = path
    this.#managed = managed
    this.#login = login
    this.#changed = changed
  }

  get(): AppSettings {
    const { engineHost: _host, engineContext: _context, ...kept } = readDesktopSettings(this.#path, this.#managed)
    return { ...kept, opensAtLogin: this.#login.isOn() }
  }

  /** @throws Error when the administrator has locked one of them */
  change({ opensAtLogin, ...changes }: Partial<AppSettings>): AppSettings {
    const { path, locked } = this.#managed
    if (Object.keys(changes).some((key) => key in locked)) throw new Error(`The administrator of this computer has set that, in ${path}.`)
    changeDesktopSettings(this.#path, changes)
    if (opensAtLogin !== undefined) this.#login.set(opensAtLogin)
    this.#changed()
    return this.get()
  }
}
