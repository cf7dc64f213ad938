import { inPath } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { environment, list } from '../command/values.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'
import { streamAttachment } from '../streams/attachment.ts'
import { checkTerminal } from '../streams/raw-mode.ts'
import { consoleSize, followTerminalSize } from '../streams/terminal-size.ts'
import { readEnvironment } from './env-file.ts'

export interface ExecOptions {
  readonly detach?: boolean
  readonly detachKeys?: string
  readonly env?: readonly string[]
  readonly envFile?: readonly string[]
  readonly interactive?: boolean
  readonly privileged?: boolean
  readonly tty?: boolean
  readonly user?: string
  readonly workdir?: string
}

/** `engineroom exec` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'exec',
    usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
    summary: 'Execute a command in a running container',
    aliases: ['container exec', 'exec'],
    atLeast: 2,
    stopsAtFirstArgument: true,
  })
    .flag('-d, --detach', 'Detached mode: run command in the background')
    .flag('--detach-keys <string>', 'Override the key sequence for detaching a container')
    .flag('-e, --env <list>', 'Set environment variables', list(environment))
    .flag('--env-file <list>', 'Read in a file of environment variables', list())
    .flag('-i, --interactive', 'Keep STDIN open even if not attached')
    .flag('--privileged', 'Give extended privileges to the command')
    .flag('-t, --tty', 'Allocate a pseudo-TTY')
    .flag('-u, --user <string>', 'Username or UID (format: "<name|uid>[:<group|gid>]")')
    .flag('-w, --workdir <string>', 'Working directory inside the container')
    .perform<ExecOptions>(([name = '', ...argv], options) => exec(session, name, argv, options))
}

/** @throws ExitError with the command's exit code */
export async function exec(session: Session, name: string, argv: readonly string[], options: ExecOptions): Promise<void> {
  const { client, input, output } = session
  const { detach = false, tty = false, interactive = false } = options
  const environmentTexts = readEnvironment(options.envFile, options.env)
  const path = `/containers/${inPath(name)}`
  // That the container is missing is worth more to know than that there is no terminal.
  await client.call('GET', `${path}/json`)
  if (!detach) checkTerminal(input, interactive, tty)
  const detachKeys = options.detachKeys ?? session.config.detachKeys
  const ConsoleSize = tty ? consoleSize(output) : undefined
  const stdin = interactive && !detach
  const { Id } = await client.json<{ Id: string }>('POST', `${path}/exec`, {
    body: {
      User: options.user ?? '',
      Privileged: options.privileged ?? false,
      Tty: tty,
      ConsoleSize,
      AttachStdin: stdin,
      AttachStdout: !detach,
      AttachStderr: !detach,
      DetachKeys: detachKeys,
      Env: environmentTexts,
      WorkingDir: options.workdir ?? '',
      Cmd: argv,
    },
  }) // prettier-ignore
  const start = { body: { Detach: detach, Tty: tty, ConsoleSize } }
  if (detach) return client.call('POST', `/exec/${Id}/start`, start)
  const connection = await client.hijack(`/exec/${Id}/start`, start)
  using _size = tty && input.isTTY ? followTerminalSize(session, `/exec/${Id}/resize`) : undefined
  const end = await streamAttachment(session, connection, { stdin, output: true, isTty: tty, detachKeys })
  if (end === 'detached') throw new ExitError(1, 'read escape sequence')
  const { ExitCode } = await client.json<{ ExitCode: number | null }>('GET', `/exec/${Id}/json`)
  if (ExitCode !== null && ExitCode !== 0) throw new ExitError(ExitCode)
}
