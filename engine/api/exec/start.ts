import { Type } from 'typebox'
import { announceExecDetach, type ExecStreams, startExec } from '../../containers/exec.ts'
import type { Exec } from '../../containers/exec-store.ts'
import type { OutputSink } from '../../containers/io.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { messageOf } from '../../errors.ts'
import type { StdStream } from '../../linux/attach-socket.ts'
import type { ApiCall } from '../call.ts'
import { ClientOutput } from '../client-output.ts'
import { DetachKeys, parseDetachKeys } from '../detach-keys.ts'
import { frame, type Hijacked, hijack, MULTIPLEXED_STREAM, RAW_STREAM } from '../hijack.ts'

const StartBody = Type.Object({
  Detach: Type.Optional(Type.Boolean()),
  Tty: Type.Optional(Type.Boolean()),
  ConsoleSize: Type.Optional(Type.Array(Type.Integer())),
})

/** @see Engine API 1.51 ExecStart */
export async function startHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const body = await call.optionalBody(StartBody)
  const exec = parts.execs.get(call.param('id'))
  if (body.Detach) {
    const streams = await startExec(parts, exec, { output: () => undefined, ended: () => undefined })
    streams.endInput()
    call.empty(200)
    return
  }
  const isMultiplexed = !(body.Tty ?? exec.config.tty)
  const connection = hijack(call, isMultiplexed && call.version.atLeast('1.42') ? MULTIPLEXED_STREAM : RAW_STREAM)
  const output = new ClientOutput(connection, parts.paths.folder(exec.containerId), parts.log)
  await run(parts, exec, connection, output, (stream, data) => output.write(isMultiplexed ? frame(stream, data) : Buffer.from(data)))
}

type Send = (stream: StdStream, data: Buffer) => void

async function run(parts: ContainerParts, exec: Exec, connection: Hijacked, output: ClientOutput, send: Send): Promise<void> {
  const { config } = exec
  const sink: OutputSink = {
    output(stream, data) {
      if (stream === 'stdout' ? config.attachStdout : config.attachStderr) send(stream, data)
    },
    ended: () => output.end(),
  }
  let streams: ExecStreams
  try {
    streams = await startExec(parts, exec, sink)
  } catch (error) {
    // After the hijack no status can be sent: the text goes where the output would have gone.
    send('stdout', Buffer.from(`${messageOf(error)}\r\n`))
    output.end()
    return
  }
  if (connection.output.destroyed) streams.detach()
  else connection.output.once('close', () => streams.detach())
  if (config.attachStdin) forwardInput(parts, exec, connection, output, streams)
  else connection.input.resume()
}

/** Without a terminal the client's end is the process's end of input; with one, the client takes its leave. */
function forwardInput(parts: ContainerParts, exec: Exec, connection: Hijacked, output: ClientOutput, streams: ExecStreams): void {
  const detach = new DetachKeys(parseDetachKeys(exec.config.detachKeys))
  const leave = () => {
    streams.detach()
    output.end()
  }
  const pump = async () => {
    for await (const chunk of connection.input as AsyncIterable<Buffer>) {
      const { data, isDetached } = exec.config.tty ? detach.filter(chunk) : { data: chunk, isDetached: false }
      if (data.length > 0) await streams.write(data)
      if (isDetached) {
        announceExecDetach(parts, exec)
        return leave()
      }
    }
    if (exec.config.tty) leave()
    else streams.endInput()
  }
  pump().catch(() => (exec.config.tty ? streams.detach() : streams.endInput()))
}
