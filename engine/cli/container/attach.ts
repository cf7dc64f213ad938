import { text } from 'node:stream/consumers'
import { inPath } from '../api-client.ts'
import type { ContainerInspect, WaitAnswer } from '../api-types.ts'
import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'
import { streamAttachment } from '../streams/attachment.ts'
import { checkTerminal } from '../streams/raw-mode.ts'
import { proxySignals } from '../streams/signal-proxy.ts'
import { consoleSize, followTerminalSize } from '../streams/terminal-size.ts'

export interface AttachOptions {
  readonly detachKeys?: string
  readonly stdin: boolean
  readonly sigProxy?: boolean
}

/** `engineroom attach` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'attach',
    usage: '[OPTIONS] CONTAINER',
    summary: 'Attach local standard input, output, and error streams to a running container',
    aliases: ['container attach', 'attach'],
    atLeast: 1,
    atMost: 1,
  })
    .flag('--detach-keys <string>', 'Override the key sequence for detaching a container')
    .flag('--no-stdin', 'Do not attach STDIN')
    .flag('--sig-proxy', 'Proxy all received signals to the process (default true)')
    .perform<AttachOptions>(([name = ''], options) => attach(session, name, options))
}

/** @throws ExitError with the container's exit code, or 1 when the person detached */
export async function attach(session: Session, name: string, { stdin, sigProxy = true, ...options }: AttachOptions): Promise<void> {
  const { client, output } = session
  const path = `/containers/${inPath(name)}`
  const wait = await client.stream('POST', `${path}/wait`)
  const { Config } = await inspectRunning(session, path)
  checkTerminal(session.input, stdin, Config.Tty)
  const detachKeys = options.detachKeys ?? session.config.detachKeys
  const sendsInput = stdin && Config.OpenStdin
  using _signals = sigProxy && !Config.Tty ? proxySignals(client, inPath(name)) : undefined
  const connection = await client.hijack(`${path}/attach`, {
    query: { stream: true, stdin: sendsInput, stdout: true, stderr: true, detachKeys: detachKeys || undefined },
  })
  // It may have ended in between, and then nothing would ever come.
  await inspectRunning(session, path)
  using _size = Config.Tty && output.isTTY ? await redraw(session, path) : undefined
  const end = await streamAttachment(session, connection, { stdin: sendsInput, output: true, isTty: Config.Tty, detachKeys })
  if (end === 'detached') throw new ExitError(1, 'read escape sequence')
  const { StatusCode, Error: failure }: WaitAnswer = JSON.parse(await text(wait))
  if (failure) throw new Error(failure.Message)
  if (StatusCode !== 0) throw new ExitError(StatusCode)
}

async function inspectRunning({ client }: Session, path: string): Promise<ContainerInspect> {
  const container = await client.json<ContainerInspect>('GET', `${path}/json`)
  const { Running, Paused, Restarting } = container.State
  if (!Running) throw new Error('You cannot attach to a stopped container, start it first')
  if (Paused) throw new Error('You cannot attach to a paused container, unpause it first')
  if (Restarting) throw new Error('You cannot attach to a restarting container, wait until it is running')
  return container
}

/** A program shows its prompt again only when its terminal changes: so it changes, and back. */
async function redraw(session: Session, path: string): Promise<Disposable> {
  const [h, w] = consoleSize(session.output)
  await session.client.call('POST', `${path}/resize`, { query: { h: h + 1, w: w + 1 } })
  return followTerminalSize(session, `${path}/resize`)
}
