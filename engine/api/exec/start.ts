import { Type } from 'typebox'
import { type ExecStreams, startExec } from '../../containers/exec.ts'
import type { Exec } from '../../containers/exec-store.ts'
import type { OutputSink } from '../../containers/io.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError, messageOf } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import { DetachKeys, parseDetachKeys } from '../detach-keys.ts'
import { frame, type Hijacked, hijack, MULTIPLEXED_STREAM, RAW_STREAM } from '../hijack.ts'

const StartBody = Type.Object({
  Detach: Type.Optional(Type.Boolean()),
  Tty: Type.Optional(Type.Boolean()),
  ConsoleSize: Type.Optional(Type.Array(Type.Integer())),
})

/** @see Engine API 1.51 ExecStart */
export async function startHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const exec = parts.execs.get(call.param('id'))
  const body = await call.optionalBody(StartBody)
  if (exec.state.status !== 'created') {
    throw new EngineError('conflict', `exec command ${exec.id} ${exec.state.status === 'exited' ? 'has already run' : 'is already running'}`)
  }
  if (body.Detach) {
    const streams = await startExec(parts, exec, { output: () => undefined, ended: () => undefined })
    streams.endInput()
    call.empty(200)
    return
  }
  const isMultiplexed = !(body.Tty ?? exec.config.tty)
  const connection = hijack(call, isMultiplexed && call.version.atLeast('1.42') ? MULTIPLEXED_STREAM : RAW_STREAM)
  connection.output.on('error', (error) => parts.log.debug('an exec client left', { error: error.message }))
  const send = (stream: 'stdout' | 'stderr', data: Buffer) => void connection.output.write(isMultiplexed ? frame(stream, data) : data)
  await run(parts, exec, connection, send)
}

async function run(parts: ContainerParts, exec: Exec, connection: Hijacked, send: (stream: 'stdout' | 'stderr', data: Buffer) => void): Promise<void> {
  const { config } = exec
  const sink: OutputSink = {
    output(stream, data) {
      if (config.tty || (stream === 'stdout' ? config.attachStdout : config.attachStderr)) send(stream, data)
    },
    ended: () => connection.close(),
  }
  let streams: ExecStreams
  try {
    streams = await startExec(parts, exec, sink)
  } catch (error) {
    // After the hijack no status can be sent: the text goes where the output would have gone.
    send('stdout', Buffer.from(`${messageOf(error)}\r\n`))
    connection.close()
    return
  }
  connection.output.once('close', () => streams.detach())
  if (config.attachStdin) forwardInput(exec, connection, streams)
  else connection.input.resume()
}

/** Without a terminal the client's end is the process's end of input; with one, the client takes its leave. */
function forwardInput(exec: Exec, connection: Hijacked, streams: ExecStreams): void {
  const detach = new DetachKeys(parseDetachKeys(exec.config.detachKeys))
  const pump = async () => {
    for await (const chunk of connection.input as AsyncIterable<Buffer>) {
      const { data, isDetached } = exec.config.tty ? detach.filter(chunk) : { data: chunk, isDetached: false }
      if (data.length > 0) await streams.write(data)
      if (isDetached) return leave(connection, streams)
    }
    if (exec.config.tty) leave(connection, streams)
    else streams.endInput()
  }
  pump().catch(() => (exec.config.tty ? streams.detach() : streams.endInput()))
}

function leave(connection: Hijacked, streams: ExecStreams): void {
  streams.detach()
  connection.close()
}
