import { messageOf } from './engine-client.ts'
import type { TerminalConnection, TerminalListener } from './terminal-transport.ts'
import { type HeldTerminal, resizeTerminal, type TerminalSize } from './terminals.ts'

/** The terminal over the desktop's bridge. */
export function overBridge(terminal: HeldTerminal, size: TerminalSize, listener: TerminalListener): TerminalConnection {
  const desktop = window.engineroom
  if (!desktop) throw new Error('There is no bridge in a browser.')
  let terminalId: string | undefined
  let isOpen = true
  // Output may overtake the reply that says which terminal it belongs to.
  const early: { terminalId: string; deliver: () => void }[] = []
  const whenOurs = (from: string, deliver: () => Promise<void> | void) => {
    if (terminalId === undefined) early.push({ terminalId: from, deliver })
    else if (from === terminalId) return deliver()
  }
  const subscriptions = [
    desktop.on('terminal.data', (event) => whenOurs(event.terminalId, () => listener.data(event.data))),
    desktop.on('terminal.closed', (event) => whenOurs(event.terminalId, () => end(event.reason))),
  ]
  const release = () => {
    isOpen = false
    for (const unsubscribe of subscriptions) unsubscribe()
  }
  const end = (reason: string | undefined) => {
    if (!isOpen) return
    release()
    listener.closed(reason)
  }
  const failed = (error: unknown) => end(messageOf(error))
  // Writes wait for the one before them, and for the terminal to be open.
  let last: Promise<unknown> = desktop.call('terminal.open', { id: terminal.id, isExec: terminal.isExec, ...size }).then((reply) => {
    terminalId = reply.terminalId
    if (!isOpen) return desktop.call('terminal.close', { terminalId })
    listener.opened()
    for (const event of early.splice(0)) if (event.terminalId === terminalId) event.deliver()
  })
  last.catch(failed)
  const whileOpen = (deed: (terminalId: string) => Promise<unknown>) => {
    last = last.then(() => (terminalId === undefined || !isOpen ? undefined : deed(terminalId)))
    last.catch(failed)
  }
  return {
    write: (data) => whileOpen((ours) => desktop.call('terminal.write', { terminalId: ours, data })),
    // It ends just now: its size matters to nobody.
    resize: (changed) => whileOpen((ours) => resizeTerminal(terminal, ours, changed).catch((error) => console.debug('terminal size:', messageOf(error)))),
    rename() {
      // The desktop's window is there alone.
    },
    close() {
      if (!isOpen) return
      release()
      if (terminalId !== undefined) desktop.call('terminal.close', { terminalId }).catch(() => {}) // It ended by itself meanwhile.
    },
  }
}
