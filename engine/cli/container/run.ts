import { messageOf } from '../../errors.ts'
import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'
import { checkTerminal } from '../streams/raw-mode.ts'
import { createContainer, parsePullPolicy } from './create.ts'
import { type CreateBody, createBody } from './create-body.ts'
import { addContainerFlags, type ContainerFlags } from './create-flags.ts'
import { runAttached } from './run-attached.ts'

export interface RunOptions extends ContainerFlags {
  readonly detach?: boolean
  readonly detachKeys?: string
  readonly name?: string
  readonly platform?: string
  readonly pull?: string
  readonly quiet?: boolean
  readonly sigProxy?: boolean
}

/** `engineroom run` */
export function command(session: Session): CliCommand {
  const command = new CliCommand({
    path: 'run',
    usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
    summary: 'Create and run a new container from an image',
    aliases: ['container run', 'run'],
    atLeast: 1,
    stopsAtFirstArgument: true,
  })
    .flag('-d, --detach', 'Run container in background and print container ID')
    .flag('--detach-keys <string>', 'Override the key sequence for detaching a container')
    .flag('--name <string>', 'Assign a name to the container')
    .flag('--platform <string>', 'Set platform if server is multi-platform capable')
    .flag('--pull <string>', 'Pull image before running ("always", "missing", "never") (default "missing")')
    .flag('-q, --quiet', 'Suppress the pull output')
    .flag('--sig-proxy', 'Proxy received signals to the process (default true)')
  return addContainerFlags(command).perform<RunOptions>((argv, options) => run(session, argv, options))
}

/**
 * @param argv the image, then the command
 * @throws ExitError with the container's exit code; 125 when the container did not come about, 126 and 127 when its
 *   command cannot be executed or is not there
 */
export async function run(session: Session, argv: readonly string[], options: RunOptions): Promise<void> {
  const { body, pull } = withStatus(() => ({ pull: parsePullPolicy(options.pull ?? ''), body: createBody(argv, options) }))
  if (options.detach) detach(body, options)
  else checkTerminal(session.input, body.AttachStdin, body.Tty)
  let exitCode: number
  try {
    const id = await createContainer(session, body, { ...options, pull })
    exitCode = await start(session, id, body, options)
  } catch (error) {
    throw new ExitError(statusOf(messageOf(error)), withHelp(messageOf(error)), { cause: error })
  }
  if (exitCode !== 0) throw new ExitError(exitCode)
}

/** Nothing is attached, so nobody's leaving may close the container's input. */
function detach(body: CreateBody, { attach }: RunOptions): void {
  if (attach) throw new Error('conflicting options: cannot specify both --attach and --detach')
  Object.assign(body, { AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false } satisfies Partial<CreateBody>)
}

async function start(session: Session, id: string, body: CreateBody, options: RunOptions): Promise<number> {
  const { AttachStdin: stdin, AttachStdout: stdout, AttachStderr: stderr, Tty: isTty } = body
  if (!stdin && !stdout && !stderr) {
    await session.client.call('POST', `/containers/${id}/start`)
    session.print(id)
    return 0
  }
  return runAttached(session, id, {
    stdin,
    stdout,
    stderr,
    isTty,
    isRemovedAtExit: body.HostConfig.AutoRemove,
    proxiesSignals: options.sigProxy ?? true,
    detachKeys: options.detachKeys ?? session.config.detachKeys,
  }) // prettier-ignore
}

function withStatus<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new ExitError(125, withHelp(messageOf(error)), { cause: error })
  }
}

function withHelp(message: string): string {
  return `engineroom: ${message}\n\nRun 'engineroom run --help' for more information`
}

/** The daemon says in words only whether it was the command that could not be started. */
function statusOf(message: string): number {
  if (/executable file not found|no such file or directory|system cannot find the file specified/.test(message)) return 127
  if (/permission denied|is a directory/.test(message)) return 126
  return 125
}
