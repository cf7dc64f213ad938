import type { ContainerParts } from '../../containers/parts.ts'
import type { ApiCall } from '../call.ts'
import { openWebSocket } from '../web-socket.ts'
import { attachable, attachClient } from './attach.ts'

/**
 * The container's streams as a WebSocket, for pages. Output and errors come as one stream without frames, as from a
 * terminal. Before API 1.42 all three streams are always on.
 * @see Engine API 1.51 ContainerAttachWebsocket
 */
export async function attachWebSocketHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const { container, keys } = attachable(parts, call)
  const connection = openWebSocket(call, parts.log)
  if (!connection) return
  const wants = (stream: string) => !call.version.atLeast('1.42') || call.query.flag(stream)
  await attachClient(parts, container, connection, {
    logs: call.query.flag('logs'),
    stream: call.query.flag('stream'),
    stdin: wants('stdin'),
    stdout: wants('stdout'),
    stderr: wants('stderr'),
    isMultiplexed: false,
    keys,
    signal: call.signal,
  })
}
