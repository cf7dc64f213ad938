import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { type ShallowRef, shallowRef } from 'vue'
import { openExternal } from '../api/desktop.ts'
import type { TerminalNews, TerminalSize } from '../api/terminals.ts'
import { searchOptions, terminalOptions } from './terminal-look.ts'

export interface ScreenListener {
  typed(bytes: Uint8Array): void
  /** This window has room for so much; how large the terminal is then, all who type there decide together. */
  fits(size: TerminalSize): void
}

/** The match that is shown, from 1, of how many; zero of zero for none. */
export interface Found {
  readonly at: number
  readonly count: number
}

/** What a terminal shows in this window. Its room may come and go; what is on it stays. */
export class TerminalScreen {
  readonly #screen = new Terminal(terminalOptions())
  readonly #fit = new FitAddon()
  readonly #search = new SearchAddon()
  /** Of {@link find}. */
  readonly found: ShallowRef<Found> = shallowRef({ at: 0, count: 0 })
  readonly #host = document.createElement('div')
  readonly #listener: ScreenListener
  #told: TerminalSize = { rows: 0, columns: 0 }
  /** Nobody else has a say about its size. */
  #isAlone = true

  constructor(listener: ScreenListener) {
    this.#listener = listener
    this.#host.className = 'terminal-screen'
    this.#screen.loadAddon(this.#fit)
    this.#screen.loadAddon(this.#search)
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) => {
      this.found.value = { at: resultIndex + 1, count: resultCount }
    })
    this.#followLinks()
    this.#screen.attachCustomKeyEventHandler((event) => !this.#copies(event))
    const encoder = new TextEncoder()
    this.#screen.onData((text) => listener.typed(encoder.encode(text)))
    this.#screen.onBinary((text) => listener.typed(Uint8Array.from(text, (character) => character.charCodeAt(0))))
  }

  /** @returns whether this is the first time */
  attach(parent: HTMLElement): boolean {
    parent.append(this.#host)
    const isFirst = !this.#screen.element
    if (isFirst) this.#screen.open(this.#host)
    this.fit()
    return isFirst
  }

  detach(): void {
    this.#host.remove()
  }

  /** Says how much room there is, and takes it if nobody else has a say. */
  fit(): void {
    if (!this.#host.isConnected) return
    const proposed = this.#fit.proposeDimensions()
    if (!proposed || Number.isNaN(proposed.rows) || Number.isNaN(proposed.cols)) return
    const size = { rows: proposed.rows, columns: proposed.cols }
    if (this.#isAlone) this.#resize(size)
    if (size.rows === this.#told.rows && size.columns === this.#told.columns) return
    this.#told = size
    this.#listener.fits(size)
  }

  /** Somebody came or went, or has another size now. */
  follow({ self, size, people }: TerminalNews): void {
    this.#isAlone = people.every(({ id, role }) => (id === self ? role !== 'view' : role === 'view'))
    this.#screen.options.disableStdin = people.some(({ id, role }) => id === self && role === 'view')
    if (this.#isAlone) this.fit()
    else this.#resize(size)
  }

  get size(): TerminalSize {
    return { rows: this.#screen.rows, columns: this.#screen.cols }
  }

  /** Resolves when it is drawn. */
  write(bytes: Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#screen.write(bytes, resolve)
    return promise
  }

  /** Goes to the next place, or the one before, where the text is; nothing for no text. */
  find(text: string, direction: 'next' | 'previous'): void {
    if (text === '') {
      this.#search.clearDecorations()
      this.found.value = { at: 0, count: 0 }
    } else if (direction === 'next') this.#search.findNext(text, searchOptions())
    else this.#search.findPrevious(text, searchOptions())
  }

  focus(): void {
    this.#screen.focus()
  }

  /** Takes colours and fonts from the tokens again, after the theme changed. */
  restyle(): void {
    Object.assign(this.#screen.options, terminalOptions())
  }

  dispose(): void {
    this.#screen.dispose()
    this.#host.remove()
  }

  /**
   * Web addresses in the text, and links that programs make (OSC 8), which say where they lead while the mouse is over them. Others
   * than http and https are no links at all.
   */
  #followLinks(): void {
    const tell = (uri: string) => {
      this.#host.title = uri
    }
    const links = { hover: (_event: MouseEvent, uri: string) => tell(uri), leave: () => tell('') }
    this.#screen.loadAddon(new WebLinksAddon((_event, uri) => openExternal(uri), links))
    this.#screen.options.linkHandler = { activate: (_event, uri) => openExternal(uri), ...links, allowNonHttpProtocols: false }
  }

  /** Ctrl-C is a key for the program: what is marked is copied with Shift, as in other terminals. */
  #copies(event: KeyboardEvent): boolean {
    if (!event.ctrlKey || !event.shiftKey || event.code !== 'KeyC') return false
    event.preventDefault()
    if (event.type === 'keydown' && this.#screen.hasSelection()) void navigator.clipboard.writeText(this.#screen.getSelection())
    return true
  }

  #resize({ rows, columns }: TerminalSize): void {
    if (rows > 0 && columns > 0 && (rows !== this.#screen.rows || columns !== this.#screen.cols)) this.#screen.resize(columns, rows)
  }
}
