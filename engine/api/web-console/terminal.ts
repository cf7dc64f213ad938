import { type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })

const INTERNAL_ERROR = 1011

/**
 * A terminal in a browser: the WebSocket's binary frames are the exec's terminal, both ways. The exec must have been
 * created with a terminal; this starts it.
 */
export function openTerminal(parts: { engineSocketPath: string; log: Log }, incoming: IncomingMessage, socket: Duplex, head: Buffer, execId: string): void {
  sockets.handleUpgrade(incoming, socket, head, (browser) => {
    connect(parts.engineSocketPath, execId).then(
      (terminal) => join(browser, terminal),
      (error) => {
        parts.log.debug(`terminal: ${messageOf(error)}`)
        browser.close(INTERNAL_ERROR, messageOf(error).slice(0, 120))
      },
    )
  })
}

function join(browser: WebSocket, terminal: Duplex): void {
  browser.on('message', (data: Buffer) => terminal.write(data))
  browser.on('close', () => terminal.destroy())
  terminal.on('data', (chunk: Buffer) => {
    terminal.pause()
    browser.send(chunk, { binary: true }, () => terminal.resume())
  })
  terminal.on('close', () => browser.close())
  terminal.on('error', () => browser.close(INTERNAL_ERROR, 'the terminal broke off'))
}

/** Starts the exec over a hijacked connection to the engine. */
function connect(socketPath: string, execId: string): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  const body = JSON.stringify({ Detach: false, Tty: true })
  const outgoing = request({
    socketPath,
    method: 'POST',
    path: `/v1.51/exec/${execId}/start`,
    headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Connection: 'Upgrade', Upgrade: 'tcp' },
  })
  outgoing.on('upgrade', (_response, socket, head) => {
    if (head.length > 0) socket.unshift(head)
    resolve(socket)
  })
  outgoing.on('response', async (response) => {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    reject(new Error(Buffer.concat(chunks).toString()))
  })
  outgoing.on('error', reject)
  outgoing.end(body)
  return promise
}
