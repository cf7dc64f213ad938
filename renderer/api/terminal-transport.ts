import { isDesktop } from './desktop.ts'
import { overBridge } from './terminal-bridge.ts'
import { overWebSocket } from './terminal-socket.ts'
import type { HeldTerminal, TerminalNews, TerminalSize } from './terminals.ts'

export interface TerminalListener {
  /** The connection stands; what was written before goes out now. */
  opened(): void
  /** Kept when it is on the screen: so much more may come. */
  data(bytes: Uint8Array): Promise<void>
  /** Never on the desktop. */
  news(news: TerminalNews): void
  /** Called once; `reason` when it broke off or was taken away, undefined when the command ended. */
  closed(reason: string | undefined): void
}

export interface TerminalConnection {
  write(bytes: Uint8Array): void
  resize(size: TerminalSize): void
  /** What the others see as this window's name. */
  rename(name: string): void
  /** Idempotent; `closed` is not called for it. */
  close(): void
}

/** Joins a terminal of the engine's: over the desktop's bridge, or a WebSocket in a browser, where the engine is always ours. */
export function joinTerminal(terminal: HeldTerminal, size: TerminalSize, listener: TerminalListener): TerminalConnection {
  return isDesktop ? overBridge(terminal, size, listener) : overWebSocket(`/engineroom/v1/terminals/${terminal.id}/ws`, size, listener)
}

/** Joins the terminal of a link, as the guest that the link's cookie names. */
export function joinSharedTerminal(shareId: string, size: TerminalSize, name: string, listener: TerminalListener): TerminalConnection {
  return overWebSocket(`/shared/${shareId}/ws`, size, listener, { name })
}
