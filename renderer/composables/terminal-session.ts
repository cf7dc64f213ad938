import { type Ref, ref, type ShallowRef, shallowRef } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { joinTerminal, type TerminalConnection } from '../api/terminal-transport.ts'
import { createExec, exitCodeOfExec, type HeldTerminal, heldTerminal, holdTerminal, type TerminalNews, type TerminalSize } from '../api/terminals.ts'
import { say } from '../text/say.ts'
import { TerminalScreen } from './terminal-screen.ts'

export type TerminalPhase = 'opening' | 'open' | 'ended' | 'failed'

const SHELL = '/bin/sh'

/** A program that shows nothing for so long waits for input. */
const SILENT_MS = 2000

/** How the engine and the runtimes say that a program is not in the image. */
const EXIT_NOT_FOUND = new Set([126, 127])
const NOT_FOUND = /executable file not found|no such file or directory/

/**
 * One shell in one container, with its screen. It lives on while another container or tab is looked at, and in the engine
 * while the window is loaded anew.
 */
export class TerminalSession {
  readonly phase: Ref<TerminalPhase> = ref('opening')
  /** Why it ended or failed. */
  readonly reason = ref('')
  /** Who is there, and by which links; undefined on the desktop. */
  readonly news: ShallowRef<TerminalNews | undefined> = shallowRef()
  readonly screen: TerminalScreen
  readonly #containerId: string
  readonly #isDebug: boolean
  readonly #isOthers: boolean
  #connection: TerminalConnection | undefined
  /** Typed before there was a shell to take it: one that is just setting up its terminal loses what comes meanwhile. */
  readonly #early: Uint8Array[] = []
  #held: HeldTerminal | undefined
  #hasOutput = false

  /** @param isDebug with the engine's own tools. @param isOthers of an engine that is not ours, and holds no terminals */
  constructor(containerId: string, isDebug: boolean, isOthers: boolean) {
    this.#containerId = containerId
    this.#isDebug = isDebug
    this.#isOthers = isOthers
    this.screen = new TerminalScreen({ typed: (bytes) => this.#type(bytes), fits: (size) => this.#connection?.resize(size) })
  }

  /** The engine's id of it, once it has one. */
  get terminalId(): string {
    return this.#held?.id ?? ''
  }

  /** Shows the screen inside `parent`; the first time this starts the shell, or finds the one that was there before. */
  attach(parent: HTMLElement): void {
    if (this.screen.attach(parent)) void this.#start(this.screen.size)
  }

  /** Leaves the shell, and ends the screen. */
  dispose(): void {
    this.#connection?.close()
    this.screen.dispose()
  }

  async #start(size: TerminalSize): Promise<void> {
    try {
      this.#held = await this.#find(size)
      this.#connection = joinTerminal(this.#held, this.screen.size, {
        opened: () => void setTimeout(() => this.#ready(), SILENT_MS),
        data: (bytes) => this.#take(bytes),
        news: (news) => {
          this.news.value = news
          this.screen.follow(news)
        },
        closed: (reason) => void this.#close(reason),
      })
    } catch (error) {
      const message = messageOf(error)
      this.#fail(NOT_FOUND.test(message) && !this.#isDebug ? say('{program} is not in this image.', { program: SHELL }) : message)
    }
  }

  /** This window's terminal in the container from before it was loaded anew, or a new one. */
  async #find(size: TerminalSize): Promise<HeldTerminal> {
    if (this.#isOthers) return createExec(this.#containerId, size, [SHELL])
    const key = `engineroom-${this.#isDebug ? 'debug' : 'terminal'}-${this.#containerId}`
    const before = sessionStorage.getItem(key)
    const held = (before === null ? undefined : await heldTerminal(before)) ?? (await holdTerminal(this.#containerId, size, this.#isDebug))
    sessionStorage.setItem(key, held.id)
    return held
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
  }

  #take(bytes: Uint8Array): Promise<void> {
    this.#hasOutput = true
    this.#ready()
    return this.screen.write(bytes)
  }

  async #close(reason: string | undefined): Promise<void> {
    this.#connection = undefined
    this.news.value = undefined
    if (reason !== undefined) return this.#fail(reason)
    const exitCode = await exitCodeOfExec(this.#held?.execId ?? '').catch(() => undefined) // The container may be gone already: then there is no code to tell.
    if (exitCode !== undefined && EXIT_NOT_FOUND.has(exitCode) && !this.#hasOutput)
      return this.#fail(say('{program} is not in this image.', { program: SHELL }))
    this.phase.value = 'ended'
    this.reason.value = exitCode === undefined ? say('The shell ended.') : say('The shell ended with exit code {code}.', { code: String(exitCode) })
  }

  #fail(reason: string): void {
    this.phase.value = 'failed'
    this.reason.value = reason
  }
}
