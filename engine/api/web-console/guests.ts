import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Share } from '../../containers/terminals/share.ts'
import type { Terminal } from '../../containers/terminals/terminal.ts'
import type { Terminals } from '../../containers/terminals/terminals.ts'
import { cookieOf } from './cookies.ts'

/** Sent to nothing but its own terminal, by its path; and looked at nowhere else. */
const COOKIE = 'engineroom-guest'

const LINK = /^\/shared\/([0-9a-f]{32})$/
const SOCKET = /^\/shared\/([0-9a-f]{32})\/ws$/

/**
 * The link of somebody who was asked to a terminal: its token becomes a cookie for that one terminal's WebSocket, and leaves the
 * address bar. A wrong link, one that is over and one that never was are answered alike.
 * @returns false when this is no such link
 */
export function admitGuest(terminals: Terminals, url: URL, response: ServerResponse): boolean {
  const shareId = LINK.exec(url.pathname)?.[1]
  if (shareId === undefined) return false
  const token = url.searchParams.get('token') ?? ''
  const guest = terminals.guestOf(shareId, token)
  if (guest)
    response.setHeader(
      'Set-Cookie',
      `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/shared/${shareId}/; Expires=${new Date(guest.share.expiresAtMs).toUTCString()}`,
    )
  // The page says what is wrong with a link, in the reader's language.
  response.writeHead(303, { Location: `/shared.html#${shareId}`, 'Cache-Control': 'no-store' }).end()
  return true
}

/** The terminal whose socket a guest asks for, if the cookie is its own; undefined for any other request. */
export function guestAt(terminals: Terminals, path: string, incoming: IncomingMessage): { terminal: Terminal; share: Share } | undefined {
  const shareId = SOCKET.exec(path)?.[1]
  const token = cookieOf(incoming, COOKIE)
  return shareId === undefined || token === undefined ? undefined : terminals.guestOf(shareId, token)
}
