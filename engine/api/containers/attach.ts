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

/** What a client wants of a container's streams. */
interface AttachRequest {
  /** What was written until now. */
  readonly logs: boolean
  /** What is written from now on. */
  readonly stream: boolean
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  /** Output in docker's frames, which name the stream. */
  readonly isMultiplexed: boolean
  readonly keys: readonly number[]
  readonly signal: AbortSignal
}

/** @see Engine API 1.51 ContainerAttach */
export async function attachHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const { container, keys } = attachable(parts, call)
  await call.skipJsonBody()
  const isMultiplexed = !container.hasTty
  const connection = hijack(call, isMultiplexed && call.version.atLeast('1.42') ? MULTIPLEXED_STREAM : RAW_STREAM)
  const { query } = call
  const streams = { stdin: query.flag('stdin'), stdout: query.flag('stdout'), stderr: query.flag('stderr') }
  await attachClient(parts, container, connection, {
    ...streams,
    logs: query.flag('logs'),
    stream: query.flag('stream'),
    isMultiplexed,
    keys,
    signal: call.signal,
  })
}

/**
 * The container that the path names, and the keys with which to leave it.
 * @throws EngineError when there is none, when it cannot be attached to now, or for bad keys
 */
export function attachable(parts: ContainerParts, call: ApiCall): { container: Container; keys: readonly number[] } {
  const reference = call.param('id')
  const container = parts.store.get(reference)
  if (container.state.status === 'paused') throw new EngineError('conflict', `container ${reference} is paused, unpause the container before attach`)
  if (container.state.status === 'restarting') {
    throw new EngineError('conflict', `container ${reference} is restarting, wait until the container is running`)
  }
  return { container, keys: parseDetachKeys(call.query.text('detachKeys')) }
}

/** Joins a connection that was taken over with the container's streams. */
export async function attachClient(parts: ContainerParts, container: Container, connection: Hijacked, request: AttachRequest): Promise<void> {
  const { isMultiplexed } = request
  const client: AttachedClient = {
    connection,
    request,
    output: new ClientOutput(connection, parts.paths.folder(container.id), parts.log),
    render: (stream, data) => (isMultiplexed ? frame(stream, data) : Buffer.from(data)),
  }
  publishContainer(parts.events, container, 'attach')
  try {
    if (request.logs) await sendLogs(parts, container, client)
    if (request.stream) await attachStreams(parts, container, client)
    else client.output.end()
  } catch (error) {
    // Too late for a status: the reason goes where the output would have gone.
    client.output.write(isMultiplexed ? frame('error', Buffer.from(messageOf(error))) : Buffer.from(`${messageOf(error)}\r\n`))
    client.output.end()
  }
}

interface AttachedClient {
  readonly connection: Hijacked
  readonly request: AttachRequest
  readonly output: ClientOutput
  /** What goes to the client: a copy. */
  render(stream: StdStream, data: Buffer): Buffer
}

async function sendLogs(parts: ContainerParts, container: Container, { request, output, render }: AttachedClient): Promise<void> {
  const options = { stdout: request.stdout, stderr: request.stderr, follow: false, timestamps: false, details: false }
  const logs = readLogs(parts, container, { ...options, since: undefined, until: undefined, tail: undefined }, request.signal)
  for await (const batch of logs) {
    for (const { stream, text } of batch) output.write(render(stream, text))
    await output.flushed()
  }
}

async function attachStreams(parts: ContainerParts, container: Container, client: AttachedClient): Promise<void> {
  const { id, hasTty } = container
  const { OpenStdin = false, StdinOnce = false } = container.spec.config
  const { request } = client
  const sink: OutputSink = {
    output: (stream, data) => {
      if (request[stream]) client.output.write(client.render(stream, data))
    },
    ended: () => client.output.end(),
  }
  const { output, input } = client.connection
  const left = Promise.withResolvers<void>()
  output.once('close', () => left.resolve())
  await parts.io.attach(id, sink, { isLive: isLive(container.state), holdsInput: OpenStdin && StdinOnce && !hasTty })
  if (output.destroyed) left.resolve()
  const forwarded = request.stdin && OpenStdin ? forwardInput(parts, container, client, sink, new DetachKeys(request.keys)) : void input.resume()
  // What somebody typed before leaving still needs the way to the process.
  void Promise.all([left.promise, forwarded]).then(() => parts.io.detach(id, sink))
}

/**
 * The client's input goes to the process, in order and no faster than the process reads. Its end means the end of the
 * process's input only where that was asked for at create (`StdinOnce`) and there is no terminal; otherwise it ends the
 * attach. Resolves when all of it went there.
 */
async function forwardInput(
  parts: ContainerParts,
  container: Container,
  { connection, output }: AttachedClient,
  sink: OutputSink,
  detach: DetachKeys,
): Promise<void> {
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
  await pump().catch(async (error: Error) => {
    parts.log.debug('an attached client left', { error: error.message })
    if (container.spec.config.StdinOnce && !hasTty) await parts.io.endInput(id)
    parts.io.detach(id, sink)
  })
}
