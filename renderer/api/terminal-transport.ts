import type { DesktopBridge } from '../../electron/ipc/contract.ts'
import { say } from '../text/say.ts'
import { messageOf } from './engine-client.ts'

export interface TerminalListener {
  /** The connection stands; what was written before goes out now. */
  opened(): void
  data(bytes: Uint8Array): void
  /** Called once; `reason` when it broke off, undefined when the command ended. */
  closed(reason: string | undefined): void
}

export interface TerminalConnection {
  write(bytes: Uint8Array): void
  /** Idempotent; `closed` is not called for it. */
  close(): void
}

/** Starts an exec that was created with a terminal, and joins it: over the desktop's bridge, or a WebSocket in a browser. */
export function openTerminal(execId: string, listener: TerminalListener): TerminalConnection {
  const desktop = window.engineroom
  return desktop ? overBridge(desktop, execId, listener) : overWebSocket(execId, listener)
}

const NORMAL_CLOSURE = 1000
const NO_STATUS = 1005

/** A WebSocket that did not even open is tried again: a browser drops it when a network interface comes or goes. */
const TRIES = 3
const PAUSE_MS = 150

function overWebSocket(execId: string, listener: TerminalListener): TerminalConnection {
  const url = new URL(`/engineroom/v1/exec/${execId}/ws`, window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  let isWanted = true
  /** Typed before the socket was open. */
  const early: Uint8Array<ArrayBuffer>[] = []
  let socket = open(TRIES)

  function open(triesLeft: number): WebSocket {
    const opening = new WebSocket(url)
    let hasOpened = false
    opening.binaryType = 'arraybuffer'
    opening.onopen = () => {
      hasOpened = true
      for (const bytes of early.splice(0)) opening.send(bytes)
      listener.opened()
    }
    opening.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) listener.data(new Uint8Array(data))
    }
    opening.onclose = ({ code, reason }) => {
      if (!isWanted) return
      if (!hasOpened && triesLeft > 1) return void setTimeout(() => again(triesLeft - 1), PAUSE_MS)
      isWanted = false
      listener.closed(code === NORMAL_CLOSURE || code === NO_STATUS ? undefined : reason || say('The connection to the engine broke off.'))
    }
    return opening
  }

  function again(triesLeft: number): void {
    if (isWanted) socket = open(triesLeft)
  }

  return {
    write(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes.slice())
      else early.push(bytes.slice())
    },
    close() {
      isWanted = false
      socket.close()
    },
  }
}

function overBridge(desktop: DesktopBridge, execId: string, listener: TerminalListener): TerminalConnection {
  let terminalId: string | undefined
  let isOpen = true
  // Output may overtake the reply that says which terminal it belongs to.
  const early: { terminalId: string; deliver: () => void }[] = []
  const whenOurs = (id: string, deliver: () => void) => {
    if (terminalId === undefined) early.push({ terminalId: id, deliver })
    else if (id === terminalId) deliver()
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
  let last: Promise<unknown> = desktop.call('terminal.open', { execId }).then((reply) => {
    terminalId = reply.terminalId
    if (!isOpen) return desktop.call('terminal.close', { terminalId })
    listener.opened()
    for (const event of early.splice(0)) if (event.terminalId === terminalId) event.deliver()
  })
  last.catch(failed)
  return {
    write(data) {
      last = last.then(() => (terminalId === undefined || !isOpen ? undefined : desktop.call('terminal.write', { terminalId, data })))
      last.catch(failed)
    },
    close() {
      if (!isOpen) return
      release()
      if (terminalId !== undefined) desktop.call('terminal.close', { terminalId }).catch(() => {}) // It ended by itself meanwhile.
    },
  }
}
