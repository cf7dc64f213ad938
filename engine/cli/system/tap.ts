import { connect as connectPlain, type Socket } from 'node:net'
import { messageOf } from '../../errors.ts'
import type { TapEvent } from '../../tap/event.ts'
import { shownLine } from '../../tap/event-line.ts'
import { TapProxy } from '../../tap/proxy.ts'
import { Recorder, readRecording } from '../../tap/recording.ts'
import { replay } from '../../tap/replay.ts'
import { TextPrinter } from '../../tap/text-printer.ts'
import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import type { Endpoint } from '../host.ts'
import type { Session } from '../session.ts'
import { told } from '../told.ts'

export interface TapOptions {
  readonly headers?: boolean
  readonly json?: boolean
  readonly listen?: string
  readonly record?: string
  readonly replay?: string
}

/** The book's. */
const DEFAULT_LISTEN = 'unix:///tmp/dockerapi.sock'

/** `engineroom tap` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'tap', usage: '[OPTIONS]', summary: 'Show what passes between clients and an engine: a socket in front of its own' })
    .flag('--headers', 'Show headers too')
    .flag('--json', 'One line of JSON for each thing that happens')
    .flag('--listen <string>', `Where clients connect to (default "${DEFAULT_LISTEN}")`)
    .flag('--record <string>', 'Keep all of it in a file')
    .flag('--replay <string>', 'Send the requests of such a file to the engine again, in place of listening')
    .perform<TapOptions>((_, options) => tap(session, options))
}

export async function tap(session: Session, options: TapOptions): Promise<void> {
  const { endpoint } = session.client
  using owned = new DisposableStack()
  const recorder = options.record === undefined ? undefined : owned.use(new Recorder(options.record))
  const printer = new TextPrinter((text) => session.output.write(text), { headers: options.headers === true })
  const tell = (event: TapEvent) => {
    recorder?.add(event)
    if (options.json) session.print(shownLine(event))
    else printer.print(event)
  }
  const dial = await dialer(endpoint)
  if (options.replay !== undefined) return sendAgain(session, options.replay, { dial, tell })
  const path = socketPath(options.listen ?? DEFAULT_LISTEN)
  const fail = (error: Error) => session.say(`${endpoint.name}: ${messageOf(error)}`)
  await using _proxy = await TapProxy.listen(path, { dial, tell, fail })
  session.say(`Listening on unix://${path} for ${endpoint.name}; Ctrl-C ends it.\nIn another terminal: docker -H unix://${path} ps`)
  await told(['SIGINT', 'SIGTERM', 'SIGHUP'])
}

async function sendAgain(session: Session, file: string, parts: { dial: () => Socket; tell: (event: TapEvent) => void }): Promise<void> {
  const { sent, differing } = await replay(readRecording(file), parts)
  session.say(`${sent} request${sent === 1 ? '' : 's'} sent again, ${differing.length} answered with another status`)
  if (differing.length > 0) throw new ExitError(1, differing.join('\n'))
}

/** Connections to the engine; TLS is loaded where it is used. */
async function dialer({ address, tls }: Endpoint): Promise<() => Socket> {
  const target = 'socketPath' in address ? { path: address.socketPath } : { ...address, noDelay: true }
  const dial = () => connectPlain({ ...target, allowHalfOpen: true })
  if (!tls || 'socketPath' in address) return dial
  const { connect } = await import('node:tls')
  // Half-open as the connection below it is. @see Node.js, tls.connect
  return () => connect({ ...tls, socket: dial(), host: address.host })
}

function socketPath(listen: string): string {
  const path = listen.startsWith('unix://') ? listen.slice('unix://'.length) : ''
  if (!path.startsWith('/')) throw new Error(`invalid --listen ${listen}: use unix://PATH`)
  return path
}
