import { say } from '../text/say.ts'
import type { TerminalConnection, TerminalListener } from './terminal-transport.ts'
import { newsIn, type TerminalSize } from './terminals.ts'

const NORMAL_CLOSURE = 1000
const NO_STATUS = 1005
/** The engine ended our stay, and says why. */
const STAY_ENDED = 4000

/** A WebSocket that did not even open is tried again: a browser drops it when a network interface comes or goes. */
const TRIES = 3
const PAUSE_MS = 150

/** Binary messages are the terminal, both ways; text messages are JSON about it. @see engine/api/web-console/terminal-socket.ts */
export function overWebSocket(path: string, size: TerminalSize, listener: TerminalListener, more: Readonly<Record<string, string>> = {}): TerminalConnection {
  const url = new URL(path, window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = String(new URLSearchParams({ rows: String(size.rows), columns: String(size.columns), ...more }))
  let isWanted = true
  /** Said before the socket was open. */
  const early: (string | Uint8Array<ArrayBuffer>)[] = []
  let socket = open(TRIES)

  function open(triesLeft: number): WebSocket {
    const opening = new WebSocket(url)
    let hasOpened = false
    opening.binaryType = 'arraybuffer'
    opening.onopen = () => {
      hasOpened = true
      for (const message of early.splice(0)) opening.send(message)
      listener.opened()
    }
    opening.onmessage = ({ data }) => hear(data)
    opening.onclose = ({ code, reason }) => {
      if (!isWanted) return
      if (!hasOpened && triesLeft > 1) return void setTimeout(() => again(triesLeft - 1), PAUSE_MS)
      isWanted = false
      listener.closed(hasOpened ? wordsFor(code, reason) : say('The engine does not let this page in.'))
    }
    return opening
  }

  function hear(data: unknown): void {
    if (data instanceof ArrayBuffer) void listener.data(new Uint8Array(data)).then(() => tell({ kind: 'taken', bytes: data.byteLength }))
    else if (typeof data === 'string') {
      const news = newsIn(data)
      if (news) listener.news(news)
    }
  }

  function again(triesLeft: number): void {
    if (isWanted) socket = open(triesLeft)
  }

  function send(message: string | Uint8Array<ArrayBuffer>): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(message)
    else if (socket.readyState === WebSocket.CONNECTING) early.push(message)
  }

  function tell(message: object): void {
    send(JSON.stringify(message))
  }

  return {
    write: (bytes) => send(bytes.slice()),
    resize: (changed) => tell({ kind: 'size', ...changed }),
    rename: (name) => tell({ kind: 'name', name }),
    close() {
      isWanted = false
      socket.close()
    },
  }
}

function wordsFor(code: number, reason: string): string | undefined {
  if (code === NORMAL_CLOSURE || code === NO_STATUS) return undefined
  if (code !== STAY_ENDED) return reason || say('The connection to the engine broke off.')
  if (reason === 'revoked') return say('The link was revoked.')
  if (reason === 'expired') return say('The link has expired.')
  if (reason === 'slow') return say('This page was too far behind the terminal’s output. Load it anew to join again.')
  return say('The terminal was closed by its owner.')
}
