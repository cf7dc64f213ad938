import { constants } from 'node:os'
import { EngineError, messageOf } from '../../errors.ts'
import { SIGKILL, sendSignal } from '../../linux/process.ts'
import { debugShell } from '../debug/debug-shell.ts'
import { createExec, resizeExec, startExec } from '../exec.ts'
import type { Exec } from '../exec-store.ts'
import type { ContainerParts } from '../parts.ts'
import type { TerminalSize } from './person.ts'
import type { Share } from './share.ts'
import { type Shell, Terminal } from './terminal.ts'

/** How long a shell may take to end when it is hung up on. */
const HANG_UP_MS = 3000

export interface TerminalRequest {
  /** `debug`: a shell with tools of our own. */
  readonly command: readonly string[] | 'debug'
  readonly size: TerminalSize
}

/** The terminals that the daemon holds, so that windows may come and go. They end with the daemon. */
export class Terminals {
  readonly #parts: ContainerParts
  readonly #terminals = new Map<string, Terminal>()

  constructor(parts: ContainerParts) {
    this.#parts = parts
  }

  /**
   * Starts a command with a terminal in a running container.
   * @throws EngineError as an exec does
   */
  async open(reference: string, { command, size }: TerminalRequest): Promise<Terminal> {
    const debug = command === 'debug' ? await debugShell(this.#parts, this.#parts.store.get(reference)) : undefined
    const env = ['TERM=xterm-256color']
    const config = debug ? { ...debug.config, env: [...env, ...debug.config.env] } : { command: command === 'debug' ? [] : command, env, user: '' }
    const exec = await createExec(this.#parts, reference, {
      ...config,
      attachStdin: true,
      attachStdout: true,
      attachStderr: true,
      tty: true,
      workingDir: '',
      privileged: false,
      detachKeys: '',
      consoleSize: [size.rows, size.columns],
    })
    const { containerId } = exec
    const terminal = new Terminal({ containerId, folder: this.#parts.paths.folder(containerId), size, ended: () => this.#terminals.delete(terminal.id) })
    this.#terminals.set(terminal.id, terminal)
    const over = () => {
      terminal.close('exit')
      debug?.remove().catch((error: unknown) => this.#parts.log.warn('a debug shell has left its tools', { container: containerId, error: messageOf(error) }))
    }
    try {
      await debug?.place()
      const streams = await startExec(this.#parts, exec, { output: (_stream, data) => terminal.output(data), ended: over })
      terminal.begin(this.#shellOf(exec, (data) => streams.write(data)))
    } catch (error) {
      over()
      throw error
    }
    return terminal
  }

  /** @throws EngineError `not-found` */
  get(id: string): Terminal {
    const terminal = this.#terminals.get(id)
    if (!terminal) throw new EngineError('not-found', `No such terminal: ${id}`)
    return terminal
  }

  /** Where a link leads; undefined when there is none such, or its token is another, which nobody can tell apart. */
  guestOf(shareId: string, token: string): { terminal: Terminal; share: Share } | undefined {
    for (const terminal of this.#terminals.values()) {
      const share = terminal.shareById(shareId)
      if (share?.admits(token)) return { terminal, share }
    }
    return undefined
  }

  closeAll(): void {
    for (const terminal of this.#terminals.values()) terminal.close()
  }

  #shellOf(exec: Exec, write: (data: Buffer) => Promise<void>): Shell {
    const { log } = this.#parts
    // It ends at this moment: what is typed, and its size, matter to nobody.
    const late = (error: unknown) => log.debug('a terminal has ended', { exec: exec.id, error: messageOf(error) })
    const signal = (number: number) => {
      if (exec.state.status === 'running') sendSignal(exec.state.pid, number)
    }
    return {
      execId: exec.id,
      write: (data) => void write(data).catch(late),
      resize: ({ rows, columns }) => void resizeExec(this.#parts, exec, rows, columns).catch(late),
      hangUp() {
        signal(constants.signals.SIGHUP)
        setTimeout(() => signal(SIGKILL), HANG_UP_MS).unref()
      },
    }
  }
}
