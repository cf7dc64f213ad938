import type { EngineWatch } from '../engine-watch/engine-watch.ts'
import type { HostStatus } from '../ipc/contract.ts'
import { CrashNotices } from './crash-notices.ts'
import { DiskNotices } from './disk-notices.ts'
import type { Notice } from './notice.ts'

export interface NotifierParts {
  readonly watch: EngineWatch
  readonly socketPath: () => string
  /** Whether a person wants to be told of such. */
  readonly wants: (kind: Notice['kind']) => boolean
  readonly show: (notice: Notice) => void
}

/** Tells a person what they would want to know of the engine while they do something else. */
export class Notifier {
  readonly #crashes: CrashNotices
  readonly #disk: DiskNotices
  readonly #socketPath: () => string

  constructor({ watch, socketPath, wants, show }: NotifierParts) {
    const tell = (notice: Notice) => {
      if (wants(notice.kind)) show(notice)
    }
    this.#crashes = new CrashNotices(tell)
    this.#disk = new DiskNotices(tell)
    this.#socketPath = socketPath
    watch.onEnding((ending) => this.#crashes.takeEnding(ending))
    watch.onNews((news) => {
      this.#crashes.takeNews(news)
      this.#disk.takeNews(news, socketPath())
    })
  }

  follow({ state }: Pick<HostStatus, 'state'>): void {
    if (state === 'running') this.#disk.look(this.#socketPath())
  }

  close(): void {
    this.#crashes.close()
  }
}
