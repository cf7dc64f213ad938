import type { BadEnding } from '../engine-watch/endings.ts'
import type { EngineWatch } from '../engine-watch/engine-watch.ts'
import type { HostStatus } from '../ipc/contract.ts'
import type { LoginStart } from './login-start.ts'
import { type TrayModel, trayModel } from './tray-model.ts'

export interface TrayKeeperParts {
  readonly host: { readonly status: HostStatus }
  readonly watch: EngineWatch
  readonly login: LoginStart
  readonly newerVersion: () => string | undefined
  readonly show: (model: TrayModel) => void
}

/** Of errors that are older nobody asks in the tray. */
const RECENT = 8

/** Much may happen at once; a menu that is open is not drawn anew for each part of it. */
const SETTLE_MS = 200

/** Keeps the tray true. */
export class TrayKeeper {
  readonly #parts: TrayKeeperParts
  #recent: readonly BadEnding[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: TrayKeeperParts) {
    this.#parts = parts
    parts.watch.onChange(() => this.update())
    parts.watch.onEnding((ending) => this.#keep([ending, ...this.#without(ending.id)]))
    parts.watch.onNews(({ type, action, id }) => {
      if (type === 'container' && action === 'destroy') this.#keep(this.#without(id))
    })
    this.#show()
  }

  update(): void {
    this.#timer ??= setTimeout(() => this.#show(), SETTLE_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #keep(endings: readonly BadEnding[]): void {
    this.#recent = endings.slice(0, RECENT)
    this.update()
  }

  #without(container: string): readonly BadEnding[] {
    return this.#recent.filter(({ id }) => id !== container)
  }

  #show(): void {
    this.#timer = undefined
    const { host, watch, login, newerVersion, show } = this.#parts
    const facts = { host: host.status, containers: watch.containers, endings: this.#recent, opensAtLogin: login.isOn(), newerVersion: newerVersion() }
    show(trayModel(facts))
  }
}
