import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Type } from 'typebox'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Arrival, EndReason, Viewer } from '../../containers/terminals/person.ts'
import type { Stay, Terminal } from '../../containers/terminals/terminal.ts'
import { messageOf } from '../../errors.ts'
import { decodeJson } from '../../json/json-body.ts'
import type { Log } from '../../log.ts'
import { ClientOutput } from '../client-output.ts'
import { PacedOutput } from './paced-output.ts'

/** A long paste; a page sends more in pieces. */
const MAX_MESSAGE_BYTES = 1024 * 1024

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES })

const NORMAL_CLOSURE = 1000
const POLICY_VIOLATION = 1008
/** Ours: the reason says which. */
const STAY_ENDED = 4000

/** How far a guest may be behind; the owner's window is behind on a disk. */
const MAX_GUEST_BACKLOG_BYTES = 8 * 1024 * 1024

/** What a page says in text messages; what it types comes in binary ones. */
const PageMessage = Type.Object({
  kind: Type.String(),
  rows: Type.Optional(Type.Integer()),
  columns: Type.Optional(Type.Integer()),
  bytes: Type.Optional(Type.Integer()),
  name: Type.Optional(Type.String()),
})

/**
 * Somebody's page at a terminal: binary messages are the terminal, both ways; text messages are JSON, `news` to the page, and
 * `size`, `taken` and `name` from it. Who they are was checked before.
 */
export function openTerminalSocket(
  upgrade: { incoming: IncomingMessage; socket: Duplex; head: Buffer },
  terminal: Terminal,
  arrival: Omit<Arrival, 'viewer'>,
  log: Log,
): void {
  sockets.handleUpgrade(upgrade.incoming, upgrade.socket, upgrade.head, (page) => {
    page.on('error', (error) => log.debug('a terminal page failed', { error: error.message }))
    const output = new PacedOutput(page)
    try {
      const viewer = arrival.role === 'owner' ? ownerView(page, output, terminal.folder, log) : guestView(page, output)
      listen(page, output, terminal.join({ ...arrival, viewer }))
    } catch (error) {
      page.close(POLICY_VIOLATION, messageOf(error).slice(0, 120))
    }
  })
}

function listen(page: WebSocket, output: PacedOutput, stay: Stay): void {
  page.on('close', () => stay.leave())
  page.on('message', (data, isBinary) => {
    if (isBinary) return stay.type(bytesOf(data))
    try {
      const message = decodeJson(PageMessage, bytesOf(data).toString())
      if (message.kind === 'size') stay.resize({ rows: message.rows ?? 0, columns: message.columns ?? 0 })
      else if (message.kind === 'taken') output.taken(Math.max(message.bytes ?? 0, 0))
      else if (message.kind === 'name') stay.rename(message.name ?? '')
    } catch (error) {
      page.close(POLICY_VIOLATION, messageOf(error).slice(0, 120))
    }
  })
}

function ownerView(page: WebSocket, paced: PacedOutput, folder: string, log: Log): Viewer {
  let reason: EndReason = 'exit'
  const output = new ClientOutput({ output: paced, close: () => say(page, reason) }, folder, log)
  return {
    output: (data) => output.write(data),
    news: (news) => page.send(JSON.stringify({ kind: 'news', ...news })),
    ended(why) {
      reason = why
      output.end()
    },
  }
}

function guestView(page: WebSocket, paced: PacedOutput): Viewer {
  return {
    output(data) {
      paced.write(data)
      if (paced.writableLength > MAX_GUEST_BACKLOG_BYTES) page.close(STAY_ENDED, 'slow')
    },
    news: (news) => page.send(JSON.stringify({ kind: 'news', ...news })),
    ended: (reason) => say(page, reason),
  }
}

function say(page: WebSocket, reason: EndReason): void {
  if (reason === 'exit') page.close(NORMAL_CLOSURE)
  else page.close(STAY_ENDED, reason)
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}
