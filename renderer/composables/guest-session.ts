import { ref, type ShallowRef, shallowRef } from 'vue'
import { joinSharedTerminal, type TerminalConnection } from '../api/terminal-transport.ts'
import type { TerminalNews } from '../api/terminals.ts'
import { say } from '../text/say.ts'
import { TerminalScreen } from './terminal-screen.ts'

const NAME_KEY = 'engineroom-guest-name'

/** `refused`: the engine never let us in; `ended`: it did, and that is over. */
export type GuestPhase = 'opening' | 'open' | 'refused' | 'ended'

/** A guest's stay at the terminal of a link. */
export class GuestSession {
  readonly phase = ref<GuestPhase>('opening')
  readonly reason = ref('')
  readonly news: ShallowRef<TerminalNews | undefined> = shallowRef()
  readonly name = ref(localStorage.getItem(NAME_KEY) ?? '')
  readonly screen = new TerminalScreen({
    typed: (bytes) => this.#connection?.write(bytes),
    fits: (size) => this.#connection?.resize(size),
  })
  readonly #shareId: string
  #connection: TerminalConnection | undefined

  constructor(shareId: string) {
    this.#shareId = shareId
  }

  join(room: HTMLElement): void {
    this.screen.attach(room)
    this.screen.focus()
    this.#connection = joinSharedTerminal(this.#shareId, this.screen.size, this.name.value, {
      opened: () => undefined,
      data: (bytes) => this.screen.write(bytes),
      news: (news) => {
        this.phase.value = 'open'
        this.news.value = news
        this.screen.follow(news)
      },
      closed: (reason) => {
        this.phase.value = this.phase.value === 'opening' ? 'refused' : 'ended'
        this.reason.value = reason ?? say('The shell ended.')
        this.news.value = undefined
      },
    })
  }

  rename(): void {
    localStorage.setItem(NAME_KEY, this.name.value)
    this.#connection?.rename(this.name.value)
  }

  dispose(): void {
    this.#connection?.close()
    this.screen.dispose()
  }
}
