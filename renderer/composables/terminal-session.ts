import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import { type Ref, ref } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { createExec, exitCodeOfExec, resizeExec, type TerminalSize } from '../api/exec.ts'
import { openTerminal, type TerminalConnection } from '../api/terminal-transport.ts'
import { say } from '../text/say.ts'
import { terminalOptions } from './terminal-look.ts'

export type TerminalPhase = 'opening' | 'open' | 'ended' | 'failed'

const SHELL = '/bin/sh'

/** A program that shows nothing for so long waits for input. */
const SILENT_MS = 2000

/** How the engine and the runtimes say that a program is not in the image. */
const EXIT_NOT_FOUND = new Set([126, 127])

/** One shell in one container, with its screen. It lives on while another container or tab is looked at. */
export class TerminalSession {
  readonly phase: Ref<TerminalPhase> = ref('opening')
  /** Why it ended or failed. */
  readonly reason = ref('')
  readonly #containerId: string
  readonly #screen = new Terminal(terminalOptions())
  readonly #fit = new FitAddon()
  readonly #host = document.createElement('div')
  #connection: TerminalConnection | undefined
  /** Typed before there was a shell to take it: one that is just setting up its terminal loses what comes meanwhile. */
  readonly #early: Uint8Array[] = []
  #execId = ''
  /** What the engine knows. */
  #toldSize: TerminalSize = { rows: 0, columns: 0 }
  #hasOutput = false

  constructor(containerId: string) {
    this.#containerId = containerId
    this.#host.className = 'terminal-screen'
    this.#screen.loadAddon(this.#fit)
    const encoder = new TextEncoder()
    this.#screen.onData((text) => this.#type(encoder.encode(text)))
    this.#screen.onBinary((text) => this.#type(Uint8Array.from(text, (character) => character.charCodeAt(0))))
    this.#screen.onResize(() => this.#tellSize())
  }

  /** Shows the screen inside `parent`; the first time this starts the shell. */
  attach(parent: HTMLElement): void {
    parent.append(this.#host)
    if (!this.#screen.element) {
      this.#screen.open(this.#host)
      this.#fit.fit()
      void this.#start()
    } else this.#fit.fit()
  }

  detach(): void {
    this.#host.remove()
  }

  /** Fits the screen to the room it has. */
  fit(): void {
    if (this.#host.isConnected) this.#fit.fit()
  }

  focus(): void {
    this.#screen.focus()
  }

  /** Takes colours and fonts from the tokens again, after the theme changed. */
  restyle(): void {
    Object.assign(this.#screen.options, terminalOptions())
  }

  /** Ends the shell and the screen. */
  dispose(): void {
    this.#connection?.close()
    this.#screen.dispose()
    this.#host.remove()
  }

  async #start(): Promise<void> {
    try {
      this.#toldSize = this.#size
      this.#execId = await createExec(this.#containerId, [SHELL], this.#toldSize)
      this.#connection = openTerminal(this.#execId, {
        opened: () => void setTimeout(() => this.#ready(), SILENT_MS),
        data: (bytes) => this.#take(bytes),
        closed: (reason) => void this.#close(reason),
      })
    } catch (error) {
      this.#fail(messageOf(error))
    }
  }

  #type(bytes: Uint8Array): void {
    if (this.phase.value === 'opening') this.#early.push(bytes)
    else this.#connection?.write(bytes)
  }

  /** The shell has shown itself, or keeps silent for long: it can be typed to. */
  #ready(): void {
    if (this.phase.value !== 'opening') return
    this.phase.value = 'open'
    for (const bytes of this.#early.splice(0)) this.#connection?.write(bytes)
    this.#tellSize() // The window may have changed its size while the shell was starting.
  }

  #take(bytes: Uint8Array): void {
    this.#screen.write(bytes)
    this.#hasOutput = true
    this.#ready()
  }

  async #close(reason: string | undefined): Promise<void> {
    this.#connection = undefined
    if (reason !== undefined) return this.#fail(reason)
    const exitCode = await exitCodeOfExec(this.#execId).catch(() => undefined) // The container may be gone already: then there is no code to tell.
    if (exitCode !== undefined && EXIT_NOT_FOUND.has(exitCode) && !this.#hasOutput)
      return this.#fail(say('{program} is not in this image.', { program: SHELL }))
    this.phase.value = 'ended'
    this.reason.value = exitCode === undefined ? say('The shell ended.') : say('The shell ended with exit code {code}.', { code: String(exitCode) })
  }

  #fail(reason: string): void {
    this.phase.value = 'failed'
    this.reason.value = reason
  }

  get #size(): TerminalSize {
    return { rows: this.#screen.rows, columns: this.#screen.cols }
  }

  #tellSize(): void {
    const size = this.#size
    if (this.phase.value !== 'open' || !this.#connection || (size.rows === this.#toldSize.rows && size.columns === this.#toldSize.columns)) return
    this.#toldSize = size
    resizeExec(this.#execId, size).catch((error) => console.debug('terminal size:', messageOf(error))) // It ends just now: its size matters to nobody.
  }
}
