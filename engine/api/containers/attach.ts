import type { Container } from '../../containers/container.ts'
import { publishContainer } from '../../containers/events.ts'
import type { OutputSink } from '../../containers/io.ts'
import { readLogs } from '../../containers/logs/logs.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { isLive } from '../../containers/state.ts'
import { EngineError, messageOf } from '../../errors.ts'
import type { StdStream } from '../../linux/attach-socket.ts'
import type { ApiCall } from '../call.ts'
import { ClientOutput } from '../client-output.ts'
import { DetachKeys, parseDetachKeys } from '../detach-keys.ts'
import { frame, type Hijacked, hijack, MULTIPLEXED_STREAM, RAW_STREAM } from '../hijack.ts'

/** @see Engine API 1.51 ContainerAttach */
export async function attachHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const reference = call.param('id')
  const container = parts.store.get(reference)
  if (container.state.status === 'paused') throw new EngineError('conflict', `container ${reference} is paused, unpause the container before attach`)
  if (container.state.status === 'restarting') {
    throw new EngineError('conflict', `container ${reference} is restarting, wait until the container is running`)
  }
  const keys = parseDetachKeys(call.query.text('detachKeys'))
  await call.skipJsonBody()
  const isMultiplexed = !container.hasTty
  const connection = hijack(call, isMultiplexed && call.version.atLeast('1.42') ? MULTIPLEXED_STREAM : RAW_STREAM)
  const client: AttachedClient = {
    connection,
    output: new ClientOutput(connection, parts.paths.folder(container.id), parts.log),
    render: (stream, data) => (isMultiplexed ? frame(stream, data) : Buffer.from(data)),
  }
  publishContainer(parts.events, container, 'attach')
  try {
    if (call.query.flag('logs')) await sendLogs(parts, container, call, client)
    if (call.query.flag('stream')) await attachStreams(parts, container, call, client, keys)
    else client.output.end()
  } catch (error) {
    // Too late for a status: the reason goes where the output would have gone.
    client.output.write(isMultiplexed ? frame('error', Buffer.from(messageOf(error))) : Buffer.from(`${messageOf(error)}\r\n`))
    client.output.end()
  }
}

interface AttachedClient {
  readonly connection: Hijacked
  readonly output: ClientOutput
  /** What goes to the client: a copy. */
  render(stream: StdStream, data: Buffer): Buffer
}

async function sendLogs(parts: ContainerParts, container: Container, call: ApiCall, { output, render }: AttachedClient): Promise<void> {
  const options = { stdout: call.query.flag('stdout'), stderr: call.query.flag('stderr'), follow: false, timestamps: false, details: false }
  const logs = readLogs(parts, container, { ...options, since: undefined, until: undefined, tail: undefined }, call.signal)
  for await (const batch of logs) {
    for (const { stream, text } of batch) output.write(render(stream, text))
    await output.flushed()
  }
}

async function attachStreams(parts: ContainerParts, container: Container, call: ApiCall, client: AttachedClient, keys: readonly number[]): Promise<void> {
  const { id, hasTty } = container
  const { OpenStdin = false, StdinOnce = false } = container.spec.config
  const wants = { stdout: call.query.flag('stdout'), stderr: call.query.flag('stderr') }
  const sink: OutputSink = {
    output: (stream, data) => {
      if (wants[stream]) client.output.write(client.render(stream, data))
    },
    ended: () => client.output.end(),
  }
  client.connection.output.once('close', () => parts.io.detach(id, sink))
  await parts.io.attach(id, sink, { isLive: isLive(container.state), holdsInput: OpenStdin && StdinOnce && !hasTty })
  if (client.connection.output.destroyed) parts.io.detach(id, sink)
  if (call.query.flag('stdin') && OpenStdin) forwardInput(parts, container, client, sink, new DetachKeys(keys))
  else client.connection.input.resume()
}

/**
 * The client's input goes to the process, in order and no faster than the process reads. Its end means the end of the
 * process's input only where that was asked for at create (`StdinOnce`) and there is no terminal; otherwise it ends the
 * attach.
 */
function forwardInput(parts: ContainerParts, container: Container, { connection, output }: AttachedClient, sink: OutputSink, detach: DetachKeys): void {
  const { id, hasTty } = container
  const detachClient = () => {
    parts.io.detach(id, sink)
    output.end()
  }
  const pump = async () => {
    for await (const chunk of connection.input as AsyncIterable<Buffer>) {
      const { data, isDetached } = hasTty ? detach.filter(chunk) : { data: chunk, isDetached: false }
      if (data.length > 0) await parts.io.write(id, data)
      if (isDetached) {
        publishContainer(parts.events, container, 'detach')
        return detachClient()
      }
    }
    if (container.spec.config.StdinOnce && !hasTty) await parts.io.endInput(id)
    else detachClient()
  }
  pump().catch(async (error: Error) => {
    parts.log.debug('an attached client left', { error: error.message })
    if (container.spec.config.StdinOnce && !hasTty) await parts.io.endInput(id)
    parts.io.detach(id, sink)
  })
}
